"""A board simulated on this computer: pins over standard input and output, flash in a file, the network for real.

In:  ``pin <gpio> 0|1 [ms]`` (0: pressed), ``quit``; the end of input is a quit, so no kiosk outlives what started it.
     ``ms`` on the system's monotonic clock is when the level changed: an interrupt would have seen it then, however
     busy the processor was.
Out: ``ready`` once the buttons count, ``led <gpio> <percent>`` when a light's level changes, ``log <text>``.
"""

import asyncio
import hashlib
import os
import sys

from board import link
from board.keyboard import listen
from board.pins import FACES, LIGHTS
from board.ring import Ring

if sys.implementation.name == "micropython":
    from board import on_micropython as computer
else:
    from board import on_cpython as computer

RESTART = 3  # the exit status that asks whoever started this for another boot


class Stopped(Exception):
    """Whoever started this kiosk wants it to end."""


class Edges:
    """The buttons' edges, and a way to wait for the next, as in board.contacts; ``glimpse(face)`` lights."""

    def __init__(self, glimpse):
        self.ring = Ring()
        self._closed = dict.fromkeys(FACES, False)
        self._armed = bytearray(5)
        self._glimpse = glimpse
        self._event = asyncio.Event()
        self.take = self.ring.take
        self.began = dict.fromkeys(FACES, False)  # nobody can hold what is not there yet
        self.began_ticks = computer.ticks_ms()

    def put(self, face, closed, ticks):
        lit = closed and self._armed[face]
        if lit:
            self._armed[face] = 0
            lit = self._glimpse(face)
        self._closed[face] = closed
        self.ring.put(ticks, face, closed, lit)
        self._event.set()

    @property
    def lost(self):
        """Edges for which the ring had no room, since the boot."""
        return self.ring.lost

    def closed(self):
        """{face: whether its contact is closed now}."""
        return dict(self._closed)

    def arm(self, face, rests):
        """As in board.contacts."""
        self._armed[face] = rests and (self._armed[face] or not self.ring.holds)

    async def wait(self, most_ms):
        """Returns when an edge came or ``most_ms`` have passed."""
        if most_ms <= 0:
            await asyncio.sleep(0)
        elif not self._event.is_set():
            try:
                await asyncio.wait_for(self._event.wait(), most_ms / 1000)
            except asyncio.TimeoutError:
                pass
        self._event.clear()


class Lamps:
    """As board.lamps, but that a finger's light ends with ``free`` and one may follow at once.

    ``seen(face, percent)`` at each change.
    """

    def __init__(self, seen):
        self._seen = seen
        self._set = bytearray(5)
        self._shown = bytearray(5)
        self._lit = None  # by the interrupt, while it has them
        self._freed_ticks = computer.ticks_ms()
        self._spare_ms = 0

    def set(self, face, percent):
        self._set[face] = percent
        self._show()

    def glimpse(self, face):
        if computer.ticks_diff(computer.ticks_ms(), self._freed_ticks) < self._spare_ms:
            return False
        self._lit = self._lit or bytearray(5)
        self._lit[face] = 100
        self._show()
        return True

    def free(self, ring, spare_ms):
        if not ring.lit:
            self._freed_ticks, self._spare_ms = computer.ticks_ms(), spare_ms
            self._lit = None
            self._show()
        return not ring.lit

    def _show(self):
        now = self._lit or self._set
        for face in LIGHTS:
            if self._shown[face] != now[face]:
                self._shown[face] = now[face]
                self._seen(face, now[face])


class Board:
    """What a kiosk needs of a board. ``found``: the object in config.json; ``flash`` and ``board_id`` are for us.

    Its panel is standard input and output.
    """

    name = "host"
    cause = "power"
    ticks_ms = staticmethod(computer.ticks_ms)
    ticks_diff = staticmethod(computer.ticks_diff)
    entropy = staticmethod(os.urandom)
    dial = staticmethod(link.dial)
    heard_time = None  # no time server is asked here
    say = staticmethod(computer.say)
    Stopped = Stopped
    keyboard = computer.Input

    def __init__(self, found, panel=None):
        flash = found.get("flash")
        self.files = computer.open_files(flash)
        self.unique_id = found.get("board_id") or _derived(flash or "/")
        self.lamps = Lamps(self.seen)
        self.light = self.lamps.set
        self.edges = Edges(self.lamps.glimpse)
        self._levels = {gpio: 1 for gpio in FACES.values()}
        self._face_of = {gpio: face for face, gpio in FACES.items()}

    @staticmethod
    def refuse(sentence):
        """What config.json lacks; ends."""
        print(sentence)
        sys.exit(2)

    async def pause(self, ms):
        await asyncio.sleep(ms / 1000)

    def free_lights(self, spare_ms):
        """As in board.pico."""
        return self.lamps.free(self.edges.ring, spare_ms)

    def seen(self, face, percent):
        """A light shows something else."""
        self.say("led %d %d" % (LIGHTS[face], percent))

    def log(self, text):
        self.say("log " + text)

    def facts(self):
        """(RSSI in dBm, supply in mV, free heap, largest free block, free flash); None: no such thing."""
        return None, None, computer.heap_free(), None, self.files.free()

    def explain(self, error):
        """One sentence about an OSError of ``dial`` or of a link."""
        why = error.args[-1] if error.args else "no reason given"
        return why if str(why).startswith("TLS: ") else "no connection to the broker: " + link.reason(why)

    def tell_time(self, utc_ms, sure):
        """This computer knows the time."""

    def feed(self):
        """There is no watchdog here: whoever started the process sees it end."""

    def reset(self):
        self.log("restarting")
        computer.end(RESTART)

    def end(self):
        """The process ends at once, whatever its tasks wait for."""
        computer.end(0)

    async def serve(self, typed):
        """Moves pins as standard input says, gives other lines to ``typed``; raises Stopped at a quit or the end."""
        given = self.keyboard()
        await given.open()
        self.say("ready")

        async def take():
            self._given(await given.line(), typed)

        await listen(take, self.pause, self.log)

    def _given(self, line, typed):
        words = line.split()
        if not line or words == ["quit"]:
            raise Stopped
        if len(words) in (3, 4) and words[0] == "pin" and all([w.isdigit() for w in words[1:]]) and words[2] in "01":
            ticks = int(words[3]) if len(words) == 4 else computer.ticks_ms()
            self._move(int(words[1]), int(words[2]), ticks)
        elif words:
            typed(" ".join(words))

    def _move(self, gpio, level, ticks):
        if gpio in self._levels and self._levels[gpio] != level:
            self._levels[gpio] = level
            self.edges.put(self._face_of[gpio], not level, ticks)


def _derived(flash):
    """A board's own id, 16 hex digits, when none is given: another flash file, another board."""
    return "".join(["%02x" % b for b in hashlib.sha256(flash.encode()).digest()[:8]])
