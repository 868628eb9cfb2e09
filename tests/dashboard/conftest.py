"""A throwaway database for each test, with a small region in it."""

import os
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from collector.database.migration import upgrade
from collector.database.store import open_store
from dashboard.app import create_app
from tests import postgresql
from tests.collector.stores import Postgresql, Sqlite
from tests.dashboard.places import NOW_MS, TODAY, Clock, Places, utc_ms

DAY = timedelta(days=1)

# What asks most of the database; `make soak` runs everything on both.
ON_POSTGRESQL = {"test_reports", "test_completeness"}


def pytest_generate_tests(metafunc):
    """On SQLite every test that has places, on PostgreSQL those that ask it most."""
    if "kind" in metafunc.fixturenames:
        here = metafunc.module.__name__.rpartition(".")[2]
        both = here in ON_POSTGRESQL or os.environ.get("SOAK")
        metafunc.parametrize("kind", ["sqlite", "postgresql"] if both else ["sqlite"], scope="session")


@pytest.fixture(scope="session")
def server():
    with postgresql.serving(fsync="off", full_page_writes="off") as server:
        yield server


@pytest.fixture(scope="session")
def stores(kind, request, tmp_path_factory):
    if kind == "sqlite":
        return Sqlite(tmp_path_factory.mktemp("places"))
    return Postgresql(request.getfixturevalue("server"))


@pytest.fixture(scope="session")
def migrated(stores):
    """The address of a store that has its tables and nothing in them, made once and copied by whoever needs one."""
    url = stores.empty()
    engine = open_store(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture
def database(stores, migrated):
    url = stores.copy(migrated)
    yield url
    stores.drop(url)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW_MS)


@pytest.fixture
def places(database) -> Places:
    """A county with a health centre (two places) and a dental clinic below it, and a library."""
    places = Places(open_store(database))
    places.unit("county")
    places.unit("health", "county", fi="Terveysasema", sv="Hälsostation", en="Health centre")
    places.unit("dental", "health")
    places.unit("library", "county")
    for point, unit in (("lobby", "health"), ("lab", "health"), ("chair", "dental"), ("desk", "library")):
        places.point(point, unit)
        places.kiosk(f"{point}-1", point, utc_ms(2026, 3, 1, 9))
    yield places
    places.engine.dispose()


@pytest.fixture
def busy(places) -> Places:
    """Twenty days of taps at the lobby and the desk, a few at the chair."""
    for n in range(18):
        places.day("lobby", TODAY - n * DAY, (2, 3, 12, 23), interval=2, test=int(n == 3))
        places.day("desk", TODAY - n * DAY, (1, 1, 6, 40))
    places.day("chair", TODAY - 2 * DAY, (0, 1, 2, 1))
    return places


@pytest.fixture
def demo(places, clock):
    with TestClient(create_app(places.engine, demo=True, now_ms=clock)) as client:
        yield client


@pytest.fixture
def guarded(places, clock):
    """Outside the demo: one administrator, figures in steps. Not followed to another page by itself."""
    from collector.registration.registry import set_administrator

    set_administrator(places.engine, "admin", "correct horse battery")
    app = create_app(places.engine, demo=False, now_ms=clock)
    with TestClient(app, base_url="http://hymio.test", follow_redirects=False) as client:
        yield client
