"""``hymio verify`` of stores of two sizes, as it is typed: how long it takes and the most memory that it needs.

The larger one has FACTOR times as many days, and so many times as many quarters of an hour; memory must not follow.
"""

import time

from sqlalchemy import func, insert, select, update

from collector.database import store
from collector.database.tables import alive_day, journal_mark, tap, tap_quarter
from collector.days import completeness
from collector.kiosks.alive import HALF, mask
from tests.bench import LONG, years
from tests.bench.growth import Databases, Files
from tests.bench.moving import hymio

TAPS = 1_000_000 if LONG else 200_000
FACTOR = 5
# SQLite keeps so much of its file, and sorts with as much before it takes a file for it; PostgreSQL's is its server's
MOST_MORE_MB = {"sqlite": 2 * store.CACHE_KIB / 1000, "postgresql": 20}


def figures(folder):
    now_ms = time.time_ns() // 1_000_000
    for kind in (Files, Databases):
        with kind.open(folder / kind.name) as stores:
            peaks = []
            for name, taps in (("some", TAPS), ("many", FACTOR * TAPS)):
                url = stores.new(name)
                years.furnish(url, taps, now_ms)
                quarters = _complete(url)
                took_s, peak_mb = hymio(url, "verify")
                peaks.append(peak_mb)
                yield f"verify_{kind.name}_{name}_quarters", quarters, "quarters", "-"
                yield f"verify_{kind.name}_{name}", taps / took_s, "taps/s", "-"
                yield f"verify_{kind.name}_{name}_peak", peak_mb, "MB", "-"
            yield f"verify_{kind.name}_more_memory", peaks[1] - peaks[0], "MB", f"under_{MOST_MORE_MB[kind.name]:.0f}"


def _complete(url):
    """What ingest would have left beside the days and quarters of ``years``; how many quarters there are."""
    engine = store.open_store(url)
    with store.writing(engine) as connection:
        connection.execute(update(journal_mark).values(told=journal_mark.c.mark))
        for journal in connection.execute(select(journal_mark.c.id)).scalars().all():
            completeness.restate(connection, journal)
        whole = mask(0, HALF - 1)
        days = select(journal_mark.c.kiosk, tap.c.day).join(tap, tap.c.journal_id == journal_mark.c.id).distinct()
        rows = [{"kiosk": kiosk, "utc_day": day, "am": whole, "pm": whole} for kiosk, day in connection.execute(days)]
        connection.execute(insert(alive_day), rows)
        quarters = connection.execute(select(func.count()).select_from(tap_quarter)).scalar_one()
    engine.dispose()
    return quarters
