"""Whether a kiosk is there: what it said, and how long ago."""

import pytest
from sqlalchemy import select

from collector import registry
from collector.presence import is_online
from collector.tables import Kiosk, kiosk_state
from tests.collector.site import NOW_MS, birth, gone, taps


def online(site, now_ms, kiosk="lobby-1"):
    of_kiosk = select(is_online(now_ms)).join(Kiosk, Kiosk.name == kiosk_state.c.kiosk).where(Kiosk.name == kiosk)
    with site.engine.connect() as connection:
        return connection.execute(of_kiosk).scalar()


def test_a_kiosk_is_there_from_its_birth_to_its_will(site):
    site.take(birth(session=1))
    assert online(site, NOW_MS)
    site.take(gone(1))
    assert not online(site, NOW_MS)


def test_a_kiosk_whose_will_nobody_said_is_gone_when_it_was_not_heard_for_three_healths(site):
    site.take(birth())
    assert online(site, NOW_MS + 899_999)
    assert not online(site, NOW_MS + 900_000)


@pytest.mark.parametrize(("health_s", "patience_ms"), [(10, 120_000), (60, 180_000)])
def test_three_healths_are_counted_as_the_kiosk_is_configured_and_two_minutes_at_least(site, health_s, patience_ms):
    registry.configure_kiosk(site.engine, "lobby-1", 20, health_s, "stable")
    site.take(birth())
    assert online(site, NOW_MS + patience_ms - 1)
    assert not online(site, NOW_MS + patience_ms)


def test_any_message_is_a_sign_of_life(site):
    site.take(birth())
    site.now_ms += 890_000
    site.take(taps(1, [4]))
    assert online(site, NOW_MS + 1_700_000)


def test_a_birth_that_the_broker_remembered_is_none(site):
    topic, payload = birth()
    site.take((topic, payload, True))
    assert online(site, NOW_MS) is False
