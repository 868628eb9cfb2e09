"""Test files under TWICE run on CPython and once more on the real MicroPython; README.md says how to write them."""

import os

from hypothesis import settings

from tests.interpreters import ROOT, MicroPythonFile, NotOnCPython, Plan

# A seeded sample, the same at every run; `make soak` sets SOAK, and looks further and elsewhere each time.
settings.register_profile("test", derandomize=True, deadline=None, database=None)
settings.register_profile("soak", max_examples=5000, deadline=None)
settings.load_profile("soak" if os.environ.get("SOAK") else "test")

TWICE = (ROOT / "tests" / "wire", ROOT / "tests" / "kiosk", ROOT / "tests" / "board" / "pico")


def _runs_twice(path):
    return path.name.startswith("test_") and path.suffix == ".py" and any(folder in path.parents for folder in TWICE)


def pytest_collect_file(file_path, parent):
    """The second collection, beside pytest's own."""
    if not _runs_twice(file_path):
        return None
    plan = Plan(file_path)
    if "micropython" not in plan.interpreters:
        return None
    collected = MicroPythonFile.from_parent(parent, path=file_path)
    collected.plan = plan
    return collected


def pytest_pycollect_makemodule(module_path, parent):
    """Keeps a file for MicroPython alone away from CPython's import."""
    if _runs_twice(module_path) and "cpython" not in Plan(module_path).interpreters:
        return NotOnCPython.from_parent(parent, path=module_path)
    return None
