"""What a tap costs the flash: the journal beside one growing file, in the same run on the same littlefs."""

import subprocess

from tests.interpreters import ROOT, micropython

HEAP = "1M"  # the flash itself lies in memory here


def figures(folder):
    """Erases and programmed bytes a tap. Nothing where there is no MicroPython beside this Python."""
    if micropython() is None:
        return
    command = "import sys; sys.path[:0] = ['.', 'firmware']; import tests.bench.erases"
    run = [micropython(), "-X", f"heapsize={HEAP}", "-c", command]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    for line in done.stdout.splitlines():
        name, value, unit = line.split()
        yield name, float(value), unit, "under_0.15" if name == "journal_erases_a_tap" else "-"
