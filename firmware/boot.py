"""Which of the two slots runs. Written over USB only, never over the air; needs nothing of what lies in a slot.

``/slot`` is one line: the slot's letter, then nothing (put there over USB), ``+`` (kept after its trial), ``-`` (the
other one was given up) or the boots its trial has left. A soft reset and a raw REPL take a boot off a trial, too.
"""

import os

TRIAL_MS = 8388  # the longest an RP2040's watchdog can wait


def is_whole(slot):
    try:
        return os.stat("/%s/main.py" % slot)[6] > 0
    except OSError:
        return False


def point(line):
    """Replaces the pointer; False when the flash refuses, which must not keep the kiosk from starting."""
    try:
        with open("/slot.new", "w") as f:
            f.write(line)
        os.rename("/slot.new", "/slot")
        return True
    except OSError:
        return False


def choose():
    """The slot to run, and whether it is on trial."""
    try:
        with open("/slot", "rb") as f:
            slot, state = (f.read(16).decode() + " ").split(" ")[:2]
    except (OSError, ValueError):
        slot, state = "", ""
    if slot not in ("a", "b"):
        return ("a" if is_whole("a") else "b"), False
    other = "b" if slot == "a" else "a"
    if is_whole(slot) and state in ("", "+", "-"):
        return slot, False
    if is_whole(slot) and state in ("1", "2", "3") and point("%s %d" % (slot, int(state) - 1)):
        return slot, True
    if not is_whole(other):
        return slot, False
    point(other + " -")
    return other, False


chosen, on_trial = choose()
try:
    os.chdir("/" + chosen)
    if on_trial:
        from machine import WDT

        WDT(timeout=TRIAL_MS)
except (OSError, ImportError, ValueError):
    pass  # no slot at all, or not a Pico: whatever is in the root starts
