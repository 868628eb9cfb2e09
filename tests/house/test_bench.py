"""`make bench` runs: its quickest parts, one of which is on MicroPython, and every other one can be imported."""

import subprocess
import sys

from tests.interpreters import ROOT


def test_the_quickest_figures_are_printed_one_a_line():
    command = [sys.executable, "-m", "tests.bench", "shipping", "journalling"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("journal_erases_a_tap 0.") for line in lines)
    assert all(len(line.split()) == 4 for line in lines), done.stdout
