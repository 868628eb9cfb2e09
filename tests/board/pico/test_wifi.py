"""The Wi-Fi of a Pico W: joined again for ever, by stronger and stronger means, and never by a restart of the board."""

from tests.board.pico import chips

chips.put_in()

from board.wifi import Wifi  # noqa: E402

from tests.board.pico.chips import joined, world  # noqa: E402

INTERPRETERS = ("micropython",)
JOIN_MS = 20000


def a_wifi():
    chips.begin()
    return Wifi({"ssid": "town", "key": "the network's key"}, "a-kiosk-whose-name-is-longer-than-31")


def test_the_chip_is_not_touched_before_the_first_dial():
    wifi = a_wifi()
    assert world.did == []
    assert joined(wifi) is None
    assert world.power_save == 16  # WLAN.PM_NONE: asleep it would answer late
    assert world.did == ["load", "connect"] and world.country == "FI" and len(world.hostname) == 31


def test_a_joined_network_stays_joined_while_bytes_come():
    wifi = a_wifi()
    for _ in range(50):
        assert joined(wifi) is None
        wifi.proven()
    assert world.did == ["load", "connect"]


def test_a_network_that_is_away_is_looked_for_by_stronger_means_round_and_round():
    wifi = a_wifi()
    world.air.there = False
    for _ in range(7):
        began_ms = world.passed_ms
        assert joined(wifi) == "the Wi-Fi network was not found"
        assert world.passed_ms - began_ms < JOIN_MS + 1000
    reconnect, restart, renew = ["disconnect", "connect"], ["unload", "load", "connect"], ["deinit", "load", "connect"]
    assert world.did == ["load", "connect"] + (reconnect + restart + renew) * 2
    world.air.there = True
    assert joined(wifi) is None
    assert world.resets == 0


def test_after_bytes_have_come_the_next_outage_is_met_with_the_mildest_means_again():
    wifi = a_wifi()
    assert joined(wifi) is None
    wifi.proven()
    world.air.ill = "chip"
    assert joined(wifi) is not None and joined(wifi) is None  # a reconnect, and then a restart
    wifi.proven()
    world.did = []
    world.air.ill = "link"
    assert joined(wifi) is None and world.did == ["disconnect", "connect"]


def test_there_is_no_last_try():
    wifi = a_wifi()
    world.air.dead = True
    for _ in range(300):
        assert joined(wifi) == "the Wi-Fi chip does not answer (5)"
    world.air.dead = False
    assert joined(wifi) is None
    assert world.resets == 0


def test_whatever_is_ill_some_rung_cures_it():
    for ill, most in (("link", 1), ("chip", 2), ("power", 3)):
        wifi = a_wifi()
        assert joined(wifi) is None
        world.air.ill = ill
        tries = 1
        while joined(wifi) is not None:
            tries += 1
        assert tries == most, (ill, tries)


def test_a_link_that_only_says_it_is_up_is_doubted_after_three_dials_without_a_byte():
    wifi = a_wifi()
    assert joined(wifi) is None
    world.air.ill, world.air.lies = "power", True
    dials = 0
    while world.air.ill:
        joined(wifi)
        dials += 1
    assert dials == 3 * 3  # three before each rung, and the third rung was it
    assert joined(wifi) is None


def test_bytes_from_anywhere_end_the_doubt():
    wifi = a_wifi()
    for _ in range(100):
        assert joined(wifi) is None
        wifi.proven()  # a name server answered; the broker did not
    assert world.did == ["load", "connect"]


def test_why_there_is_no_network_is_one_sentence_each():
    for change, sentence in (
        ({"key": "another"}, "the Wi-Fi network refused the key"),
        ({"gives_address": False}, "the Wi-Fi network gives no address"),
        ({"ill": "air"}, "the Wi-Fi network does not answer"),
    ):
        wifi = a_wifi()
        for name in change:
            setattr(world.air, name, change[name])
        assert joined(wifi) == sentence


def test_the_signal_is_told_while_there_is_one():
    wifi = a_wifi()
    assert wifi.rssi() is None
    joined(wifi)
    assert wifi.rssi() == -60
