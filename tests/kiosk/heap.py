"""A Pico's heap between two lives in one test. CPython's is left alone: to go through all of it takes half a second."""

import gc


def tidy():
    if hasattr(gc, "mem_free"):
        gc.collect()
