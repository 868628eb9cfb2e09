"""A Pico's heap between two lives in one test, and nearly full. CPython's is left alone: it takes half a second."""

import gc


def tidy():
    if hasattr(gc, "mem_free"):
        gc.collect()


def hog(most):
    """Takes all memory and gives at most ``most`` small pieces of it back; what it returns holds the rest."""
    gc.collect()
    taken = None
    for size in (900, 100, 16):
        try:
            while True:
                taken = (bytearray(size), taken)
        except MemoryError:
            pass
    for _ in range(most):
        taken = taken and taken[1]
    return taken
