"""Figures of the running product, one line each: name, value, unit, and what it is held against. `make bench`."""

import os

LONG = os.getenv("BENCH_LONG") is not None  # os.environ is not on MicroPython, where some of it runs
"""The whole of what takes long: `make bench-long`."""
