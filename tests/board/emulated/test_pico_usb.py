"""`hymio flash` on an emulated Pico whose watchdog runs: it outlives Ctrl-C, and would cut the writing short."""

import pytest

from firmware.tools.flash import flash
from firmware.tools.image import Image
from tests.board.emulated import beds
from tests.interpreters import ROOT, missing_part

BITES_MS = 8388 + 1000  # later than an RP2040's watchdog can wait
BOOT = (ROOT / "firmware" / "boot.py").read_bytes()


def an_image(version):
    """A kiosk that does nothing but feed its watchdog. It speaks when the computer has seen its port."""
    lines = (
        "import time",
        "from machine import WDT",
        "time.sleep_ms(2000)",
        "watchdog = WDT(timeout=8388)",
        f"print('STARTED', {version!r})",
        "while True:",
        "    watchdog.feed()",
        "    time.sleep_ms(500)",
    )
    return Image(version, {"main.py": "\n".join(lines).encode()}, BOOT)


@pytest.fixture
def pico(tmp_path):
    why = beds.missing("ppp")
    if why:
        missing_part(why)
    with beds.pico("ppp", tmp_path, 1, {**an_image("one").on_flash(), "/config.json": b"{}"}) as pico:
        pico.hurry()
        pico.until(lambda: starts(pico), beds.BOOT_S, "a start")
        yield pico


def starts(pico, version="one"):
    return pico.cable.said.count(b"STARTED " + version.encode())


def test_a_flashing_that_takes_longer_than_the_watchdog_waits_is_not_cut_short(pico):
    pico.type("\x03")
    pico.wait(BITES_MS)
    pico.until(lambda: starts(pico) == 2, beds.BOOT_S, "the watchdog's bite at a prompt")
    paused = []

    def progress(done, total, path):
        if not paused:
            paused.append(path)
            pico.hurry()
            pico.wait(2 * BITES_MS)
            pico.hurry(False)

    pico.hurry(False)  # what speaks to it goes by the clock on the wall
    flash(pico.cable.port, an_image("two"), {"kiosk": "lobby-1", "wifi": {"ssid": "net"}}, progress)
    assert paused
    pico.until(lambda: starts(pico, "two"), beds.BOOT_S, "the new kiosk")
    assert starts(pico) == 2
    pico.hurry()
    pico.type("\x03")
    pico.wait(BITES_MS)
    pico.until(lambda: starts(pico, "two") == 2, beds.BOOT_S, "a bite: the restart has let go of the watchdog")
