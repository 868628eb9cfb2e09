"""Figures of the running product, one line each: name, value, unit, and what it is held against. `make bench`."""

import os

LONG = "BENCH_LONG" in os.environ
"""The whole of what takes long: `make bench-long`."""
