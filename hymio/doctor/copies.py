"""Whether the store was backed up lately, as far as it knows: by ``hymio backup``, of this store."""

from collections.abc import Iterator

from sqlalchemy import Engine

from collector.care import latest
from collector.database import store
from hymio.doctor.finding import Finding, ok, warn

OLD_MS = 2 * 86_400_000
_HOUR_MS = 3_600_000
_TODO = "have one made every night (`hymio-backup.timer` in deploy/ does), and look why the last one failed"


def check(engine: Engine, now_ms: int) -> Iterator[Finding]:
    """Raises what the database raises."""
    with store.reading(engine) as connection:
        last = latest.told(connection)
    if last is None:
        yield warn("the store knows of no backup", _TODO)
        return
    proven = "restored for proof" if last.drilled else "never restored for proof"
    seen = f"the last backup is {_age(now_ms - last.made_utc_ms)} old and was {proven}"
    yield warn(seen, _TODO) if now_ms - last.made_utc_ms > OLD_MS else ok(seen)


def _age(ms: int) -> str:
    hours = max(0, ms) // _HOUR_MS
    return f"{hours} h" if hours < 100 else f"{hours // 24} days"
