"""The Ethernet of a W5500-EVB-Pico."""

from tests.board.pico import chips

chips.put_in()

from board.cable import Cable  # noqa: E402
from board.pins import CABLE, FACES, LIGHTS  # noqa: E402

from tests.board.pico.chips import joined, world  # noqa: E402

INTERPRETERS = ("micropython",)
RADIO = {23, 24, 25, 29}  # a Pico W's own


def a_cable():
    chips.begin()
    return Cable("lobby-1")


def test_no_wire_has_two_uses():
    used = list(FACES.values()) + list(LIGHTS.values()) + list(CABLE.values()) + list(RADIO)
    assert len(used) == len(set(used))


def test_the_chip_is_wired_as_the_board_is_made():
    cable = a_cable()
    assert cable._chip.wires == (18, 19, 16, 17, 20, 21)  # sck, mosi, miso, cs, reset, interrupt


def test_the_chip_is_reset_at_the_first_dial_and_an_address_comes_by_dhcp():
    cable = a_cable()
    assert world.port.resets == 0 and world.did == []
    assert joined(cable) is None
    assert world.port.resets == 2 and world.did == ["up"]
    assert cable.rssi() is None


def test_without_a_cable_it_looks_again_for_ever():
    cable = a_cable()
    world.port.cable = False
    for _ in range(100):
        assert joined(cable) == "there is no network cable"
    world.port.cable = True
    assert joined(cable) is None and world.resets == 0


def test_whatever_is_ill_some_rung_cures_it():
    for ill, most in (("lease", 1), ("chip", 2)):
        cable = a_cable()
        assert joined(cable) is None
        world.port.ill = ill
        tries = 1
        while joined(cable) is not None:
            tries += 1
        assert tries == most, (ill, tries)


def test_an_address_of_another_network_is_asked_for_anew_after_three_dials_without_a_byte():
    cable = a_cable()
    assert joined(cable) is None
    world.port.ill, world.port.lies = "lease", True
    assert [joined(cable) for _ in range(4)] == [None] * 4
    assert world.port.ill is None and world.did == ["up", "release", "dhcp"]


def test_a_chip_that_is_not_there_is_said_and_never_given_to_the_driver():
    cable = a_cable()
    world.port.dead = True
    for _ in range(5):
        assert joined(cable) == "the Ethernet chip does not answer (no chip)"
    assert "up" not in world.did
    world.port.dead = False
    assert joined(cable) is None


def test_a_network_without_addresses_is_said():
    cable = a_cable()
    world.port.gives_address = False
    assert joined(cable) == "the network at the cable gives no address"
