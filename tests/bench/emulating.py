"""What a visitor and a heap meet on a Pico: the shipped firmware on an emulated RP2040, with TLS to a Mosquitto.

Flash takes no time there; ``flash_time_a_tap_by_datasheet`` says what it takes on a board. Beside it the same firmware
with lights that only tasks light and a broker with keys on P-256, in the same run.
"""

import statistics

from tests.board.certificates import EC
from tests.board.emulated import beds
from tests.board.emulated.life import client_hello, dialled_s, handshake_s, living
from tests.interpreters import ROOT
from tests.waiting import wait_until

PRESSES = 8
RESTARTS = 3
STEADY_MS = 6_000  # between two: a connection that was good
BARE_TLS_HEAP = 164_000  # bytes free with TLS open and no program, as once measured on an emulated Pico W
SILENCE_MS = 40_000


def figures(folder):
    """Nothing where the emulator or its MicroPython is not here."""
    if beds.missing("ppp"):
        return
    ours, naive = folder / "ours", folder / "naive"
    for place in (ours, naive):
        place.mkdir()
    with living("ppp", naive, {"board/pulse": ROOT / "tests" / "bench" / "no_pulse.py"}, EC) as life:
        task, (task_tls, curve_s) = lights_ms(life), in_handshake(life)
    with living("ppp", ours) as life:
        health = wait_until(lambda: life.desk.of("health"), beds.BOOT_S, "health")[0]
        yield "heap_free_after_boot_emulated_tls", health.heap_free, "bytes", f"over_50000,bare_tls_{BARE_TLS_HEAP}"
        yield "heap_block_after_boot_emulated_tls", health.heap_block, "bytes", "over_16383"
        found, (during, handshake) = lights_ms(life), in_handshake(life)
        returns = [after_restart_s(life) for _ in range(RESTARTS)]
    yield "tap_to_light_emulated_p50", statistics.median(found), "ms", f"under_5,by_task_{statistics.median(task):.4g}"
    yield "tap_to_light_emulated_worst", max(found), "ms", f"under_5,by_task_{max(task):.4g}"
    yield "tap_to_light_emulated_in_tls_handshake", during, "ms", f"under_5,by_task_{task_tls:.4g}"
    yield "tls_handshake_emulated", handshake, "s", f"-,with_keys_on_p_256_{curve_s:.4g}"
    yield "dial_to_birth_emulated_tls", statistics.median(returns), "s", "-,after_a_wait_of_0_to_0.1"


def lights_ms(life):
    """From each press to the first light."""
    return [first_light_ms(life, 1 + turn % 4) for turn in range(PRESSES)]


def first_light_ms(life, face):
    began_ns = life.press(face)
    wait_until(lambda: life.thanks(began_ns), beds.BOOT_S, "thanks")
    return life.lit_ms(face, began_ns)


def in_handshake(life):
    """(the same for a press while TLS computes, in ms; the handshake in seconds)."""
    births, frames = len(life.desk.births()), len(life.pico.frames)
    life.pico.plug(False)
    life.pico.hurry()
    life.pico.wait(SILENCE_MS)
    life.pico.plug(True)
    wait_until(lambda: client_hello(life.pico.frames[frames:]), beds.BOOT_S, "a TLS handshake")
    life.pico.hurry(False)
    began_ns = life.pico.press(2, ms=60)
    wait_until(lambda: life.thanks(began_ns), beds.BOOT_S, "thanks")
    took_ms = life.lit_ms(2, began_ns)
    life.birth(births, "a birth after the network came back")
    return took_ms, handshake_s(life.pico.frames[frames:])


def after_restart_s(life):
    """After a restart of its broker, from a kiosk's dial until the collector has heard its birth.

    What it waits before is left out: every random number that the emulator draws is the same.
    """
    life.pico.wait(STEADY_MS)
    births, frames = len(life.desk.births()), len(life.pico.frames)
    life.broker.kill()
    life.broker.start()
    life.birth(births, "a birth after the broker's restart")
    return dialled_s(life.pico.frames[frames:], life.pico.now_ns)
