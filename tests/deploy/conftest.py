"""Sites as the collector's tests have them, and one that is on PostgreSQL whatever the others are on."""

import pytest

from tests.collector.conftest import broker, make_site, prepared, server, site, stores
from tests.collector.site import Site, furnish
from tests.collector.stores import Postgresql

__all__ = ["broker", "make_site", "prepared", "server", "site", "stores"]


@pytest.fixture
def postgresql_site(server):
    stores = Postgresql(server)
    site = Site(stores, furnish(stores.empty()))
    yield site
    site.close()
