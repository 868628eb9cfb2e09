"""How fast taps are stored and settled, what they weigh, and how fast the pages over them are made."""

import time

from fastapi.testclient import TestClient

from collector.database import migration
from collector.database.store import open_store
from collector.intake.ingest import Ingest
from dashboard.app import create_app
from hymio.demo import history, places

ROUNDS = 15
DAY_MS = 86400000


def figures(folder):
    """Sixty days of five kiosks into SQLite with ``synchronous=FULL``, then the pages and the API over them."""
    now_ms = time.time_ns() // 1000000
    database = folder / "bench.sqlite"
    engine = open_store(f"sqlite:///{database}")
    migration.upgrade(engine)
    places.register(engine, now_ms - 61 * DAY_MS)

    began = time.perf_counter()
    taps = history.write(Ingest(engine, lambda: now_ms), now_ms, lambda done, of: None)
    took_s = time.perf_counter() - began
    yield "history_of_sixty_days", took_s, "s", "under_15"
    yield "ingest_into_sqlite", taps / took_s, "taps/s", "-"
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("pragma page_count").scalar()
        yield "sqlite_a_tap", pages * connection.exec_driver_sql("pragma page_size").scalar() / taps, "bytes", "-"

    app = create_app(engine, demo=True, now_ms=lambda: now_ms)
    with TestClient(app) as client:
        for name, path in (
            ("overview", "/?lang=en"),
            ("unit_page", "/units/health-centre?lang=en"),
            ("api_units", "/api/v1/units"),
            ("api_days", "/api/v1/units/health-centre/days?" + span(now_ms)),
        ):
            yield f"{name}_made", median_ms(client, path), "ms", "-"
        answer = client.get("/?lang=en", headers={"accept-encoding": "gzip"})
        yield "overview_gzipped", answer.num_bytes_downloaded / 1000, "kB", "-"
    app.state.live.close()
    engine.dispose()


def span(now_ms):
    """The query of thirty days until today."""
    first, last = (time.strftime("%Y-%m-%d", time.gmtime(ms / 1000)) for ms in (now_ms - 30 * DAY_MS, now_ms))
    return f"from={first}&to={last}"


def median_ms(client, path):
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        assert client.get(path).status_code == 200, path
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)[ROUNDS // 2]
