"""The two slots that hold firmware, and the pointer that says which one boots. Its meaning is told in boot.py.

``root``: where the slots lie, "" on a board; the current directory says which one runs. Every change of the pointer is
a new file renamed over the old one.
"""

import os

TRIAL_BOOTS = 3


class Slots:
    def __init__(self, root=""):
        self.root = root
        slot, self._state = self._read()
        here = os.getcwd().split("/")[-1]
        self.is_slotted = here in ("a", "b")
        self.running = here if self.is_slotted else slot
        if self.running != slot:
            self._state = "-"  # boot.py could not move the pointer and started the other one

    @property
    def other(self):
        return "b" if self.running == "a" else "a"

    @property
    def on_trial(self):
        return self._state.isdigit()

    def path(self, slot, name):
        return self.root + "/" + slot + "/" + name

    def version(self, slot):
        """What the second line of the slot's manifest says, or None: see wire.manifest."""
        try:
            with open(self.path(slot, "manifest"), "rb") as f:
                f.readline()
                words = f.read(64).split(b"\n")[0].decode().split(" ")
            return words[2] if len(words) == 3 else None
        except (OSError, ValueError):
            return None

    def news(self):
        """What health tells: (state, version, reason)."""
        if self.on_trial:
            return "trial", self.version(self.running), None
        if self._state == "+":
            return "kept", self.version(self.running), None
        if self._state == "-":
            return "rolled_back", self.version(self.other), self._why() or "it did not start, or hung, in its trial"
        return "none", None, None

    def try_other(self):
        """The other slot runs from the next boot, on trial."""
        self._point("%s %d" % (self.other, TRIAL_BOOTS))

    def keep(self):
        self._point(self.running + " +")
        self._state = "+"

    def give_up(self, why):
        """The other slot runs from the next boot; ``why`` is one sentence for health."""
        try:
            with open(self.path(self.running, "why"), "w") as f:
                f.write(why)
        except OSError:
            pass  # going back matters more than saying why
        self._point(self.other + " -")

    def _why(self):
        try:
            with open(self.path(self.other, "why")) as f:
                return f.read(96)
        except (OSError, ValueError):
            return None

    def _read(self):
        try:
            with open(self.root + "/slot", "rb") as f:
                words = f.read(16).decode().split()
            if words[0] in ("a", "b"):
                return words[0], words[1] if len(words) > 1 else ""
        except (OSError, ValueError, IndexError):
            pass
        return "a", ""

    def _point(self, line):
        with open(self.root + "/slot.new", "w") as f:
            f.write(line)
        os.rename(self.root + "/slot.new", self.root + "/slot")
