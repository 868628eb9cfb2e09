"""A kiosk that owes taps is not retired by mistake."""

import pytest

from collector.registration import retirement
from collector.registration.registry import RegistryError
from collector.registration.retirement import Owed
from tests.collector.site import NOW_MS, birth, taps


def retired(site, name="lobby-1"):
    return site.value("SELECT retired_utc_ms FROM kiosk WHERE name = :name", name=name)


def test_a_kiosk_whose_taps_are_all_in_is_retired_and_leaves_its_place(site):
    site.take(birth(last_seq=3), taps(1, [4, 4, 4]))
    assert retirement.retire(site.engine, "lobby-1", NOW_MS) == Owed(0, 0)
    assert retired(site) == NOW_MS
    assert site.rows("SELECT to_utc_ms FROM placement WHERE kiosk = 'lobby-1'") == [(NOW_MS,)]


def test_one_that_was_never_heard_of_owes_nothing(site):
    assert retirement.retire(site.engine, "gate", NOW_MS) == Owed(0, 0)


def test_while_taps_wait_in_it_it_is_not_retired_and_when_they_are_in_it_is(site):
    site.take(birth(last_seq=3), taps(1, [4, 4]))
    with pytest.raises(RegistryError, match=r"has 1 tap that it had not delivered .* --anyway"):
        retirement.retire(site.engine, "lobby-1", NOW_MS)
    assert retired(site) is None
    site.take(taps(3, [4]))
    assert retirement.retire(site.engine, "lobby-1", NOW_MS) == Owed(0, 0)


def test_while_taps_are_missing_that_nobody_has_seen_it_is_not_retired(site):
    site.take(birth(last_seq=4), taps(3, [4, 4], held=3))
    site.take(birth(kiosk="gate", last_seq=3, journal="0000000a"))
    with pytest.raises(RegistryError, match="'lobby-1' has 2 taps missing that nobody has marked as seen; look at "):
        retirement.retire(site.engine, "lobby-1", NOW_MS)
    with site.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE hole SET seen_utc_ms = {NOW_MS}")
    assert retirement.retire(site.engine, "lobby-1", NOW_MS) == Owed(0, 0)
    assert retired(site, "gate") is None


def test_it_can_be_retired_all_the_same_and_what_it_owed_is_told(site):
    site.take(birth(last_seq=9), taps(3, [4, 4], held=3))
    assert retirement.retire(site.engine, "lobby-1", NOW_MS, anyway=True) == Owed(waiting=5, missing=2)
    assert retired(site) == NOW_MS
