"""Runs the named functions of one test module and prints what became of each. Started under MicroPython by conftest.py.

    micropython -X heapsize=192K tests/on_micropython.py tests.wire.test_codec test_a test_b

The current directory is the repository's root. A line that begins with the mark (the environment's TEST_MARK) is the
report; all other output belongs to the test that is running.
"""

import gc
import os
import sys

MARK = os.getenv("TEST_MARK") or "##"

gc.threshold(12000)  # as firmware/main.py does, before the imports: litter must not cut up the heap


def report(*words):
    print(MARK, *words)


def run(module, name):
    """Runs one function: ``ran``, ``passed`` or ``failed`` lines, with the traceback before ``failed``."""
    report("ran", name)
    try:
        getattr(module, name)()
    except Exception as e:
        sys.print_exception(e)
        report("failed", name)
    else:
        report("passed", name)
    gc.collect()


def main(module_name, *names):
    sys.path[:] = [".", "firmware", ".frozen"]
    module = __import__(module_name)
    for part in module_name.split(".")[1:]:
        module = getattr(module, part)
    report("imported", module_name)
    for name in names:
        run(module, name)
    report("finished", module_name)


main(*sys.argv[1:])
