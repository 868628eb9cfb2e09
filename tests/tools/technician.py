"""What a technician does at the desk: flashes a board on a pseudo-terminal, looks at what it holds, lets it live."""

import subprocess
from pathlib import Path

from firmware.tools import usb
from firmware.tools.flash import flash
from firmware.tools.image import Image
from tests.tools.pty_board import MICROPYTHON

ROOT = Path(__file__).resolve().parents[2]
SECRET = "5ec2e7" + "0" * 26
BOOT = (ROOT / "firmware" / "boot.py").read_bytes()
CONFIG = {"kiosk": "lobby-1", "secret": SECRET, "host": "broker.example", "wifi": {"ssid": "net", "key": "wifi-key-1"}}


def small_image(version, *, modules=3, size=3000):
    """A small application whose main.py says which version it is, and refuses to start with another one's modules."""
    files = {f"kiosk/part{n}.py": f"VERSION = {version!r}\n# {'x' * size}\n".encode() for n in range(modules)}
    files["wire/__init__.py"] = f"VERSION = {version!r}\n".encode()
    names = [f"kiosk.part{n}" for n in range(modules)] + ["wire"]
    checks = "".join(f"import {name}\nassert {name}.VERSION == {version!r}, 'MIXED'\n" for name in names)
    files["main.py"] = f"{checks}print('STARTED', {version!r})\n".encode()
    return Image(version, files, BOOT)


def flashed(board, image, config=CONFIG, **more):
    return flash(board.port, image, config, platforms=("linux",), **more)


def files_on(board):
    """What the flash holds, by path."""
    with usb.UsbBoard(board.port) as opened:
        return {path: opened.value(f"open({path!r}, 'rb').read()") for path in opened.files_below([""])}


def sizes_on(board):
    """The bytes of each file on the flash, by path."""
    with usb.UsbBoard(board.port) as opened:
        return opened.files_below([""])


def live_on(flash_file, blocks):
    """The kiosk's journal grows to so many blocks, each tap being acked."""
    words = [MICROPYTHON, "-X", "heapsize=2M", "tests/tools/lived_journal.py", str(flash_file), str(blocks)]
    lived = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert lived.stdout == f"{blocks}\n", lived.stderr
