"""The firmware as it ships on an emulated Pico, with TLS to a real Mosquitto on this computer.

One board lives through all of it, as one in a lobby does; each test needs only that it runs and is connected.
"""

import os

import pytest

from tests.board.emulated import beds
from tests.board.emulated.life import DARK_MS, client_hello, handshake_s, living
from tests.interpreters import missing_part
from wire.messages import Config

LIGHT_MS = 5
APART_MS = 100  # that a face may look otherwise than every other
COUNTS_MS = 300  # after power-up
LEAST_HEAP = 50_000  # bytes free with TLS open
LEAST_BLOCK = 16_384
HOUR_S = 3600 if os.environ.get("SOAK") else 120
TAPS_AN_HOUR = 20
SILENCE_MS = 40_000  # before that the kiosk has noticed: kiosk.mqtt_session.SILENT_MS


@pytest.fixture(scope="module", params=beds.every())
def life(request, tmp_path_factory):
    why = beds.missing(request.param)
    if why:
        missing_part(why)
    with living(request.param, tmp_path_factory.mktemp(request.param)) as life:
        yield life


def test_it_boots_connects_with_tls_and_says_how_it_is(life):
    birth = life.birth(0)
    assert birth.firmware == life.version
    health = life.until(lambda: life.desk.of("health"), "health")[0]
    assert (health.reset, health.clock, health.error) == ("power", "server", None)
    print(f"{health.heap_free} bytes of heap free with TLS open, {health.heap_block} in one piece")
    assert health.heap_free >= LEAST_HEAP and health.heap_block >= LEAST_BLOCK


def test_a_bouncing_press_lights_its_face_at_once_and_is_stored_once(life):
    taps = len(life.stored())
    began_ns = life.press(4, bounces=(1, 1, 2, 1), parting=(1, 1, 1, 2))
    life.wait_for_taps(taps + 1)
    life.pico.wait(300)
    print(f"face 4 lit after {life.lit_ms(4, began_ns):.2f} ms")
    assert life.lit_ms(4, began_ns) <= LIGHT_MS
    assert life.thanks(began_ns) and life.apart_ms(4, began_ns) <= APART_MS
    assert life.stored()[taps:] == [4]


def test_a_held_button_is_reported_and_holds_up_no_other(life):
    taps = len(life.stored())
    life.pico.hold(2)
    life.pico.hurry()
    assert life.health(lambda health: health.stuck, "a stuck button in health").stuck == (2,)
    life.pico.hurry(False)
    life.press(3)
    life.wait_for_taps(taps + 2)  # the held one counted when it was pressed, and no more
    life.pico.hold(2, down=False)
    life.health(lambda health: not health.stuck, "a released button in health")
    life.press(2)
    life.wait_for_taps(taps + 3)
    assert life.stored()[taps:] == [2, 3, 2]


def test_the_network_goes_and_comes_and_a_press_during_the_handshake_lights_at_once(life):
    taps, births, frames = len(life.stored()), len(life.desk.births()), len(life.pico.frames)
    life.pico.plug(False)
    began_ns = life.press(1)
    life.pico.wait(DARK_MS)
    assert life.thanks(began_ns), "no thanks without a network"
    life.pico.hurry()
    life.pico.wait(SILENCE_MS)
    life.pico.plug(True)
    life.until(lambda: client_hello(life.pico.frames[frames:]), "a TLS handshake")
    life.pico.hurry(False)
    worst_ms = 0.0
    pressed_ns = {}
    for face in (2, 3, 4):  # while it is at its arithmetic
        began_ns = pressed_ns[face] = life.pico.press(face, ms=60, bounces=(1, 1), parting=(1, 1, 2, 1))
        life.pico.wait(40)
        worst_ms = max(worst_ms, life.lit_ms(face, began_ns))
        assert len(life.desk.births()) == births, "the handshake was over before the presses were"
    life.birth(births, "a birth after the network came back")
    life.wait_for_taps(taps + 4)
    apart_ms = max(life.apart_ms(face, began_ns) for face, began_ns in pressed_ns.items())
    print(f"at worst {worst_ms:.2f} ms to the light in a handshake, and {apart_ms:.0f} ms apart from the others")
    print(f"the handshake took {handshake_s(life.pico.frames[frames:]):.2f} s")
    assert worst_ms <= LIGHT_MS and apart_ms <= APART_MS
    assert life.stored()[taps:] == [1, 2, 3, 4]


def test_power_off_and_on_keeps_every_thanked_tap_and_counts_from_300_ms_on(life):
    taps, births = len(life.stored()), len(life.desk.births())
    life.desk.answering = False
    for face in (4, 3):
        began_ns = life.press(face)
        life.until(lambda: life.thanks(began_ns), "thanks")  # noqa: B023
    life.pico.cut_power(presses=[(1, COUNTS_MS, 60), (2, 0, 5000)])
    life.pico.wait(3000)
    assert life.lit_ms(1, COUNTS_MS * 1_000_000) <= LIGHT_MS, "no light at once after power-up"
    assert life.apart_ms(1, 0) <= APART_MS
    life.desk.answering = True
    boot = life.desk.births()[-1].boot
    birth = life.birth(births, "a birth after the power cut")
    assert birth.boot == boot + 1
    life.wait_for_taps(taps + 3)
    assert life.stored()[taps:] == [4, 3, 1]  # and not the one that was held before there was power
    life.until(lambda: life.reported().reset == "power", "the cause in health")


def test_the_watchdog_bites_a_stuck_task_and_the_journal_is_whole(life):
    taps, births = len(life.stored()), len(life.desk.births())
    life.desk.answering = False
    life.press(2)
    life.pico.wait(DARK_MS)
    life.pico.type("stick")
    life.press(1)  # nobody takes it: no thanks, no tap
    life.pico.hurry()
    life.birth(births, "a birth after the watchdog's bite")
    life.pico.hurry(False)
    life.desk.answering = True
    life.desk.acknowledge(life.desk.births()[-1])
    life.wait_for_taps(taps + 1)
    life.press(3)
    life.wait_for_taps(taps + 2)
    assert life.stored()[taps:] == [2, 3]
    life.until(lambda: life.reported().reset == "watchdog", "the cause in health")


def test_the_heap_is_as_good_after_an_hour(life):
    life.desk.say("config", Config(life.desk.births()[-1].config_version + 1, 0, 60, "stable"))
    life.pico.hurry()
    before = life.health()
    life.pico.hurry(False)
    taps, pressed = len(life.stored()), max(1, TAPS_AN_HOUR * HOUR_S // 3600)
    for _ in range(pressed):
        life.press(4)
        life.pico.hurry()
        life.pico.wait(HOUR_S * 1000 // pressed)
        life.pico.hurry(False)
    life.wait_for_taps(taps + pressed)
    life.pico.hurry()
    after = life.health()
    life.pico.hurry(False)
    print(
        f"after {HOUR_S} s with TLS: {after.heap_free} bytes of heap free, {after.heap_block} in one piece "
        f"(before: {before.heap_free}, {before.heap_block})"
    )
    assert after.connects == before.connects
    assert after.heap_free >= LEAST_HEAP and after.heap_block >= LEAST_BLOCK
    assert before.heap_free - after.heap_free <= 2048
