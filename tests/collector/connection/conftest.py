"""Subscribers of a site's collector."""

import pytest

from collector.connection.frames import BrokerAddress
from collector.connection.subscriber import Subscriber
from collector.intake.ingest import Ingest
from collector.running.service import utc_now_ms
from tests.waiting import wait_until


@pytest.fixture
def subscribe(site, broker):
    """Makes started subscribers."""
    made = []

    def make(ingest=None, port=None, options=(), **manners):
        address = BrokerAddress("127.0.0.1", port or broker.port, "collector-1", "x", **manners)
        subscriber = Subscriber(ingest or Ingest(site.engine, utc_now_ms), address, **dict(options))
        subscriber.start()
        made.append(subscriber)
        wait_until(lambda: subscriber.connected)
        return subscriber

    yield make
    for subscriber in made:
        subscriber.stop()
