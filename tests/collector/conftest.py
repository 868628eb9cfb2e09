"""A store with one unit, one service point and a few kiosks, in a database of the test's own."""

import pytest

from tests import postgresql
from tests.collector import mosquitto
from tests.collector.broker_client import Client
from tests.collector.site import Site, furnish
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
    return furnish(stores.empty())


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


@pytest.fixture
def broker(tmp_path):
    """A Mosquitto."""
    with mosquitto.serving(tmp_path) as broker:
        yield broker


@pytest.fixture
def kiosk(broker):
    """One of the site's kiosks at the broker, that hears what it is told."""
    client = Client(broker.port, "lobby-1")
    client.subscribe("hymio/1/lobby-1/+")
    yield client
    client.close()
