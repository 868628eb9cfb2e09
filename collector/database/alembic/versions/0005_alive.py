"""When kiosks were alive; since when a kiosk is online or not; which of a boot's births was the last."""

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_QUARTER_MS = 900_000  # collector.kiosks.alive at this revision
_SLOTS = 96
_HALF = 48


def upgrade() -> None:
    alive_day = op.create_table(
        "alive_day",
        sa.Column("kiosk", sa.String(32), nullable=False),
        sa.Column("utc_day", sa.Date(), nullable=False),
        sa.Column("am", sa.BigInteger(), nullable=False),
        sa.Column("pm", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kiosk", "utc_day"),
        sqlite_with_rowid=False,
    )
    for name in ("birth_uptime_ms", "since_utc_ms", "alive_from_utc_ms", "alive_to_utc_ms"):
        op.add_column("kiosk_state", sa.Column(name, sa.BigInteger(), nullable=True))
    masks = _masks()
    rows = [
        {
            "kiosk": kiosk,
            "utc_day": date(1970, 1, 1) + timedelta(days=day),
            "am": bits % (1 << _HALF),
            "pm": bits >> _HALF,
        }
        for (kiosk, day), bits in sorted(masks.items())
    ]
    if rows:
        op.bulk_insert(alive_day, rows)


def _masks() -> dict[tuple[str, int], int]:
    """The bits of each kiosk's UTC days (since 1970) that the stored taps prove: a boot runs without a break."""
    tap = sa.table("tap", *map(sa.column, ("journal_id", "boot", "uptime_ms", "utc_ms", "face")))
    mark = sa.table("journal_mark", sa.column("id"), sa.column("kiosk"))
    boots = (
        sa.select(mark.c.kiosk, sa.func.min(tap.c.utc_ms - tap.c.uptime_ms), sa.func.max(tap.c.utc_ms))
        .join(mark, mark.c.id == tap.c.journal_id)
        .where(tap.c.utc_ms.is_not(None), tap.c.face > 0)
        .group_by(mark.c.kiosk, tap.c.journal_id, tap.c.boot)
    )
    masks: dict[tuple[str, int], int] = {}
    for kiosk, began_ms, until_ms in op.get_bind().execute(boots):
        first, last = max(began_ms, 1_577_836_800_000) // _QUARTER_MS, until_ms // _QUARTER_MS
        for slot in range(first, last + 1):
            key = (kiosk, slot // _SLOTS)
            masks[key] = masks.get(key, 0) | 1 << slot % _SLOTS
    return masks
