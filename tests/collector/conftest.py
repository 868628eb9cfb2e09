"""A store with one unit, one service point and a few kiosks, in a database of the test's own."""

import pytest

from collector import migration, registry
from collector.store import open_store
from tests import postgresql
from tests.collector.site import FROM_MS, KIOSKS, NAMES, Site
from tests.collector.stores import Postgresql, Sqlite


@pytest.fixture(scope="session")
def server():
    with postgresql.serving() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def stores(request, tmp_path_factory):
    if request.param == "sqlite":
        return Sqlite(tmp_path_factory.mktemp("stores"))
    return Postgresql(request.getfixturevalue("server"))


@pytest.fixture(scope="session")
def prepared(stores):
    """The address of a migrated and furnished database, made once and copied by whoever needs one."""
    url = stores.empty()
    engine = open_store(url)
    migration.upgrade(engine)
    registry.add_unit(engine, "unit", NAMES, None)
    registry.add_point(engine, "door", "unit", NAMES, "Europe/Helsinki")
    registry.add_point(engine, "hall", "unit", NAMES, "Europe/Helsinki")
    for kiosk in KIOSKS:
        registry.add_kiosk(engine, kiosk, "door", FROM_MS)
    engine.dispose()
    return url


@pytest.fixture
def make_site(prepared, stores):
    """Makes sites, each on a fresh copy of the prepared database."""
    made = []

    def make():
        made.append(Site(stores, prepared))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(make_site):
    return make_site()
