"""What a tap costs the flash: the journal beside one growing file, in the same run on the same littlefs."""

import subprocess

from tests.interpreters import ROOT, micropython

HEAP = "1M"  # the flash itself lies in memory here


ERASE_MS, PAGE_MS = 45, 0.4  # of a Pico's flash, typical, by its datasheet
PAGE = 256
BUSY_S = 10


def figures(folder):
    """Erases and programmed bytes a tap. Nothing where there is no MicroPython beside this Python."""
    if micropython() is None:
        return
    command = "import sys; sys.path[:0] = ['.', 'firmware']; import tests.bench.erases"
    run = [micropython(), "-X", f"heapsize={HEAP}", "-c", command]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    found = {}
    for line in done.stdout.splitlines():
        name, value, unit = line.split()
        found[name] = float(value), unit
    for what in ("erases_a_tap", "programmed_a_tap"):
        ours, unit = found["journal_" + what]
        naive = found["growing_file_" + what][0]
        limit = "under_0.15" if what == "erases_a_tap" else "-"
        yield "journal_" + what, ours, unit, f"{limit},growing_file_{naive:.4g}"
    ours, naive = (
        found[name + "_erases_a_tap"][0] * ERASE_MS + found[name + "_programmed_a_tap"][0] / PAGE * PAGE_MS
        for name in ("journal", "growing_file")
    )
    yield "flash_time_a_tap_by_datasheet", ours, "ms", f"-,growing_file_{naive:.4g}"
    # A press during an erase is lit at its end: how often that can be, when somebody presses every BUSY_S
    ours, naive = (
        found[name + "_erases_a_tap"][0] * ERASE_MS / (BUSY_S * 1000) for name in ("journal", "growing_file")
    )
    yield "presses_lit_only_after_an_erase_by_datasheet", ours * 100, "%", f"-,growing_file_{naive * 100:.4g}"
    ours, naive = (found[name + "_us_a_tap"][0] for name in ("journal", "growing_file"))
    yield "tap_to_flash_here", ours / 1000, "ms", f"-,growing_file_{naive / 1000:.4g}"
    yield "tap_to_flash_here_over_growing_file", ours / naive, "ratio", "-"
