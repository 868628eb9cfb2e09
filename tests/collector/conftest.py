"""A store with one unit, one service point and a few kiosks, in a file of the test's own."""

import shutil

import pytest

from collector import migration, registry
from collector.store import open_store
from tests.collector.site import FROM_MS, KIOSKS, NAMES, Site


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A migrated and furnished database file, made once and copied by whoever needs one."""
    path = tmp_path_factory.mktemp("prepared") / "hymio.db"
    engine = open_store(f"sqlite:///{path}")
    migration.upgrade(engine)
    registry.add_unit(engine, "unit", NAMES, None)
    registry.add_point(engine, "door", "unit", NAMES, "Europe/Helsinki")
    registry.add_point(engine, "hall", "unit", NAMES, "Europe/Helsinki")
    for kiosk in KIOSKS:
        registry.add_kiosk(engine, kiosk, "door", FROM_MS)
    engine.dispose()
    return path


@pytest.fixture
def make_site(prepared, tmp_path):
    """Makes sites, each on a fresh copy of the prepared database."""
    made = []

    def make():
        path = tmp_path / f"hymio-{len(made)}.db"
        shutil.copy(prepared, path)
        made.append(Site(path))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(make_site):
    return make_site()
