"""Whether a kiosk is there, and since when: what it said, how long ago, and what a broker made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from collector.database.tables import Kiosk, kiosk_state
from collector.kiosks.presence import Stand, Standing, is_there, standing_at
from collector.registration import registry
from tests.collector.broker_client import Client
from tests.collector.mosquitto import Mosquitto
from tests.collector.site import NOW_MS, birth, gone, health, taps

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def stand(site, now_ms=None, kiosk="lobby-1"):
    """How the kiosk stands; what statements are told agrees with it."""
    now_ms = site.now_ms if now_ms is None else now_ms
    state = (kiosk_state.c.online, kiosk_state.c.since_utc_ms, kiosk_state.c.last_seen_utc_ms, Kiosk.health_s)
    of_kiosk = select(*state, is_there(now_ms)).join(Kiosk, Kiosk.name == kiosk_state.c.kiosk)
    with site.engine.connect() as connection:
        *known, there = connection.execute(of_kiosk.where(Kiosk.name == kiosk)).one()
    found = standing_at(*known, now_ms)
    assert bool(there) == (found.standing is Standing.ONLINE)
    return found


def online(site, now_ms, kiosk="lobby-1"):
    return stand(site, now_ms, kiosk).standing is Standing.ONLINE


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


# online, late, offline


@pytest.mark.parametrize(
    ("silent_ms", "standing"),
    [
        (15 * MINUTE_MS - 1, Standing.ONLINE),
        (15 * MINUTE_MS, Standing.LATE),
        (HOUR_MS - 1, Standing.LATE),
        (HOUR_MS, Standing.OFFLINE),
    ],
)
def test_a_silent_kiosk_is_late_after_three_healths_and_offline_after_twelve(site, silent_ms, standing):
    site.take(birth())
    since_ms = NOW_MS  # online since its birth, then silent since it was last heard
    assert stand(site, NOW_MS + silent_ms) == Stand(standing, since_ms)


def test_a_will_is_believed_at_once_and_says_since_when(site):
    site.take(birth(session=4))
    site.now_ms += MINUTE_MS
    site.take(health(utc_ms=site.now_ms))
    site.now_ms += MINUTE_MS
    site.take(gone(4))
    assert stand(site) == Stand(Standing.OFFLINE, NOW_MS + 2 * MINUTE_MS)
    assert site.value("SELECT last_seen_utc_ms FROM kiosk_state") == NOW_MS + MINUTE_MS  # a Will is no sign of life


def test_who_was_never_born_is_offline_whatever_else_it_says(site):
    site.take(taps(1, [4]))
    assert stand(site) == Stand(Standing.OFFLINE, None)


def test_a_birth_after_a_birth_keeps_since_when_it_is_online(site):
    site.take(birth(session=1))
    site.now_ms += MINUTE_MS
    site.take(birth(session=2, uptime_ms=64_000))
    assert stand(site) == Stand(Standing.ONLINE, NOW_MS)


@given(st.booleans(), st.none() | st.integers(0, 10**10), st.integers(10, 86_400), st.integers(0, 10**8))
def test_a_kiosk_that_says_nothing_only_ever_gets_later(born, silent_ms, health_s, later_ms):
    order = [Standing.ONLINE, Standing.LATE, Standing.OFFLINE]
    heard_ms = None if silent_ms is None else NOW_MS - silent_ms
    now, then = (standing_at(born, 1, heard_ms, health_s, at_ms) for at_ms in (NOW_MS, NOW_MS + later_ms))
    assert order.index(now.standing) <= order.index(then.standing)


# what brokers remember


def kept(message):
    """As a broker hands it to a collector that starts."""
    return (*message, True)


def test_a_birth_that_the_broker_kept_from_before_is_not_believed(site):
    site.take(birth(session=9, boot=2, uptime_ms=HOUR_MS))
    site.take(gone(9))
    for older in (birth(session=7, boot=1, uptime_ms=2 * HOUR_MS), birth(session=8, boot=2, uptime_ms=MINUTE_MS),
                  birth(session=9, boot=2, uptime_ms=HOUR_MS)):  # fmt: skip
        site.take(kept(older))
        assert stand(site) == Stand(Standing.OFFLINE, NOW_MS)


def test_a_birth_that_was_missed_is_believed_though_nobody_knows_since_when(site):
    site.take(birth(session=9, uptime_ms=HOUR_MS))
    site.take(gone(9))
    site.now_ms += HOUR_MS
    site.take(kept(birth(session=3, uptime_ms=2 * HOUR_MS)))
    assert site.rows("SELECT online, session, since_utc_ms FROM kiosk_state") == [(1, 3, None)]
    site.take(health(utc_ms=site.now_ms))
    assert stand(site) == Stand(Standing.ONLINE, None)


def test_a_will_of_an_earlier_session_that_the_broker_kept_changes_nothing(site):
    site.take(birth(session=5))
    site.take(kept(gone(4)))
    assert stand(site) == Stand(Standing.ONLINE, NOW_MS)


def test_a_will_that_was_missed_dates_from_when_the_kiosk_was_last_heard(site):
    site.take(birth(session=5))
    site.now_ms += HOUR_MS
    site.take(kept(gone(5)))
    assert stand(site) == Stand(Standing.OFFLINE, NOW_MS)


def test_after_a_restart_of_broker_and_collector_a_kiosk_is_what_it_is(site, tmp_path):
    """A real broker: it forgets all, the kiosk is cut, and a collector that starts finds what is retained."""
    broker = Mosquitto(tmp_path)
    broker.start()

    def connect(session):
        return Client(broker.port, "lobby-1", will=(*gone(session), 1, True))

    def start_collector():
        """What a collector receives that starts now."""
        collector = Client(broker.port, "collector")
        collector.subscribe("hymio/1/+/state")
        collector.await_count(1)
        for topic, payload, retained in collector.heard:
            site.take((topic, payload, retained))
        collector.close()

    kiosk = connect(1)
    kiosk.publish(*birth(session=1), retain=True)
    start_collector()
    site.take(health(utc_ms=site.now_ms))
    assert stand(site).standing is Standing.ONLINE
    broker.kill()  # it says no Will and keeps nothing
    kiosk.close()
    broker.start()
    assert stand(site, NOW_MS + 20 * MINUTE_MS).standing is Standing.LATE
    kiosk = connect(2)
    kiosk.publish(*birth(session=2, uptime_ms=HOUR_MS), retain=True)
    kiosk.vanish()
    site.now_ms += HOUR_MS
    watcher = Client(broker.port, "watcher")
    watcher.subscribe("hymio/1/+/state")
    watcher.await_heard(*gone(2))
    start_collector()
    # the collector never saw session 2: a Will that is not the last birth's says nothing, but silence does
    assert stand(site).standing is Standing.OFFLINE
    kiosk = connect(3)
    kiosk.publish(*birth(session=3, uptime_ms=2 * HOUR_MS), retain=True)
    watcher.await_heard(*birth(session=3, uptime_ms=2 * HOUR_MS))
    start_collector()
    site.take(health(utc_ms=site.now_ms))
    assert stand(site).standing is Standing.ONLINE
    kiosk.close()
    watcher.close()
    broker.kill()
