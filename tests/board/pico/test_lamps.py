"""What the interrupt and the tasks make of the four lights, down to the pins' registers."""

import sys

from tests.board.pico import chips, glow

chips.put_in()
glow.put_in()

from board.lamps import REST_MS, Lamps  # noqa: E402
from board.pins import LIGHTS  # noqa: E402
from board.pulse import PULSE_MS, Pulse  # noqa: E402
from board.ring import Ring  # noqa: E402

from tests.board.pico.chips import world  # noqa: E402

INTERPRETERS = ("micropython",)
MOMENT_MS = 100  # a face may look otherwise than the others for no longer
DARK = (0, 0, 0, 0)
HALF_A_WRAP = 1 << 29


def some(ticks=1000, percent=10):
    """Lamps that tasks have set to a percentage, and the ring."""
    chips.begin(ticks)
    glow.glow.start()
    lamps, ring = Lamps(), Ring()
    for face in (1, 2, 3, 4):
        lamps.set(face, percent)
    assert lamps.free(ring, 0)
    return lamps, ring


def levels():
    return glow.glow.levels()


def shown_ms(face, most_ms=1000):
    """For how long from now on a face shines at full, in steps of 1 ms."""
    for ms in range(most_ms):
        if levels()[face - 1] != 100:
            return ms
        world.pass_ms(1)
    return most_ms


def test_tasks_have_the_lights_from_the_beginning():
    lamps, _ = some(percent=0)
    assert levels() == DARK
    lamps.set(2, 100)
    lamps.set(3, 8)
    assert levels() == (0, 100, 8, 0)


def test_a_finger_has_all_four_its_own_for_a_moment_and_then_all_are_dark_until_they_are_given_back():
    lamps, ring = some()
    assert lamps.glimpse(3)
    assert levels() == (0, 0, 100, 0)
    lamps.set(1, 100)
    assert levels() == (0, 0, 100, 0)
    assert 50 <= shown_ms(3) <= MOMENT_MS
    for _ in range(100):
        assert levels() == DARK
        world.pass_ms(100)
    assert lamps.free(ring, 0)
    assert levels()[0] == 100 and levels()[1] == levels()[3] > 0


def test_two_fingers_have_their_moments_each():
    lamps, _ = some()
    assert lamps.glimpse(1)
    world.pass_ms(30)
    assert lamps.glimpse(4)
    assert levels() == (100, 0, 0, 100)
    first_ms = shown_ms(1)
    assert levels() == (0, 0, 0, 100)
    assert first_ms + shown_ms(4) <= MOMENT_MS and levels() == DARK


def test_a_face_shines_again_only_after_a_dark_moment_that_is_seen():
    lamps, _ = some()
    assert lamps.glimpse(2)
    for _ in range(REST_MS - 1):
        world.pass_ms(1)
        assert not lamps.glimpse(2)
    assert levels() == DARK and lamps.glimpse(1)
    world.pass_ms(1)
    assert lamps.glimpse(2) and 50 <= shown_ms(2) <= MOMENT_MS
    assert REST_MS >= MOMENT_MS + 30


def test_lights_are_not_given_back_while_a_finger_waits_that_lit_one():
    lamps, ring = some()
    lamps.glimpse(2)
    ring.put(world.ticks, 2, True, True)
    assert not lamps.free(ring, 50) and levels() == (0, 100, 0, 0)
    assert lamps.glimpse(1)  # nothing was spared
    ring.take()
    ring.put(world.ticks, 2, False, False)
    assert lamps.free(ring, 0) and levels()[3] > 0


def test_what_was_just_given_back_is_spared_for_as_long_as_was_asked_and_no_longer():
    for ticks in (1000, (1 << 30) - 40, HALF_A_WRAP - 40):
        lamps, ring = some(ticks - 500, 100)
        world.pass_ms(500)
        assert lamps.free(ring, 80)
        for _ in range(80):
            assert not lamps.glimpse(2) and levels() == (100, 100, 100, 100)
            world.pass_ms(1)
        assert lamps.glimpse(2) and levels() == (0, 100, 0, 0)
        assert lamps.free(ring, 0) and lamps.glimpse(3)


def test_a_finger_is_lit_however_long_ago_the_last_one_was_and_whatever_the_ticks_are():
    for ticks in (0, 1, HALF_A_WRAP, (1 << 30) - 1):
        lamps, ring = some(ticks)
        assert lamps.glimpse(1), ticks
        for ms in (REST_MS, HALF_A_WRAP - 1, HALF_A_WRAP, HALF_A_WRAP + 1, (1 << 30) - 1, REST_MS):
            world.pass_ms(ms)
            assert lamps.free(ring, 0) and lamps.glimpse(1), (ticks, ms)


def test_nothing_is_spared_days_after_the_lights_were_given_back():
    for ms in (HALF_A_WRAP - 1, HALF_A_WRAP, HALF_A_WRAP + 1, HALF_A_WRAP + 86400000):
        lamps, _ = some()
        world.pass_ms(ms)
        assert lamps.glimpse(2), ms


def test_a_pulse_that_begins_anew_while_it_shines_ends_its_time_after_that():
    some(percent=0)
    pulse = Pulse(1, LIGHTS[2])
    for _ in range(6):  # more than a state machine's queue holds
        pulse.begin()
        world.pass_ms(PULSE_MS // 2)
    pulse.begin()
    assert shown_ms(2) == PULSE_MS and levels() == DARK


def test_interrupts_come_again_though_the_board_is_stopped_while_the_lights_are_given_back():
    lamps, _ = some()

    class Stopping:
        @property
        def lit(self):
            assert not world.interrupts
            raise KeyboardInterrupt

    try:
        lamps.free(Stopping(), 0)
        raise AssertionError("it was not stopped")
    except KeyboardInterrupt:
        assert world.interrupts


def test_both_chips_pins_are_told_by_their_own_registers():
    told = []

    class Memory:
        def __setitem__(self, address, value):
            told.append((address, value))

    class Machine(chips.MachineModule):
        mem32 = Memory()

    class Sys:
        class implementation:
            pass

    with open("firmware/board/pulse.py") as f:
        source = f.read()
    known = sys.modules["machine"]
    sys.modules["machine"] = Machine
    try:
        for board, base in (("Pico W with RP2040", 0x40014000), ("Pico 2 W with RP2350", 0x40028000)):
            Sys.implementation._machine = board
            sys.modules["sys"] = Sys
            names = {}
            exec(source, names)
            glow.glow.start()
            pulse = names["Pulse"](0, 11)
            del told[:]
            pulse.begin()
            pulse.take()
            pulse.leave()
            control = base + 8 * 11 + 4
            assert told == [(control, 6), (control, 6), (control, 4)], (board, told)
    finally:
        sys.modules["machine"] = known
        sys.modules["sys"] = sys
