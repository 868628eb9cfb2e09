"""How fast a full batch of taps is written and read, on both interpreters: ``python -m tests.bench``.

Under MicroPython this file is the program: ``micropython -X heapsize=192K tests/bench/reading.py``.
"""

import sys

if sys.implementation.name == "micropython":
    sys.path[:] = [".", ".frozen"]

import time

from wire import codec
from wire.messages import Taps

ROUNDS = 200


def batch():
    taps = tuple([(1 + seq % 4, 500000 + 7000 * seq, 0) for seq in range(64)])
    return Taps("9f3c1a22", 17, 1000000, 1790000000123, None, 2, 1040, 1041, None, taps)


def milliseconds(action):
    """Mean time of one ``action``."""
    began = time.time_ns() if sys.implementation.name == "micropython" else time.perf_counter_ns()
    for _ in range(ROUNDS):
        action()
    ended = time.time_ns() if sys.implementation.name == "micropython" else time.perf_counter_ns()
    return (ended - began) / ROUNDS / 1000000


def here():
    """``(read_ms, write_ms)`` of a message of 64 taps on this interpreter."""
    made = batch()
    payload = codec.encode("taps", made)
    return milliseconds(lambda: codec.decode("taps", payload)), milliseconds(lambda: codec.encode("taps", made))


def figures(folder):
    """Read and write times of a full batch, on CPython and, where it exists, on MicroPython with a Pico's heap."""
    import subprocess

    from tests.interpreters import HEAP, ROOT, micropython

    read_ms, write_ms = here()
    yield "wire_read_64_taps_cpython", read_ms, "ms", "-"
    yield "wire_write_64_taps_cpython", write_ms, "ms", "-"
    if micropython() is None:
        return
    command = [micropython(), "-X", "heapsize=" + HEAP, "tests/bench/reading.py"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    read_ms, write_ms = (float(word) for word in printed.split())
    yield "wire_read_64_taps_micropython_here", read_ms, "ms", "-"
    yield "wire_write_64_taps_micropython_here", write_ms, "ms", "-"


if __name__ == "__main__" and sys.implementation.name == "micropython":
    print(*here())
