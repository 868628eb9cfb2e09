"""Waiting for what another process or thread will do: by looking often, never by sleeping so long."""

import time

LIMIT_S = 60  # far more than it takes, for a busy computer


def wait_until(condition, timeout_s=LIMIT_S, what=None, pause_s=0.005):
    """The first true answer of ``condition()``; an AssertionError that names ``what`` after ``timeout_s``."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(pause_s)
    raise AssertionError(f"{what or condition} did not happen within {timeout_s} s")
