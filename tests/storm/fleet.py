"""Many kiosks in one process of CPython, pressed by as many fingers: ``python -m tests.storm.fleet ORDERS.json``.

Each is the unmodified firmware/kiosk with its journal on a flash file, and a board of this file. What happens is told
at once on standard output, since SIGKILL may come at any moment:

    ready           every kiosk's buttons count
    P n face        a finger is about to press a face of kiosk n
    T n             kiosk n has thanked for it
    L n last acked  asked for by the line "how": what kiosk n has given and what is settled

The line "rest" takes the fingers away, "quit" or the end of input ends the process.
"""

import asyncio
import json
import os
import random
import sys
from pathlib import Path

from board import host
from kiosk import setup
from kiosk.counter import Counter

from tests.storm.flash import FlashFiles

BLOCKS = 212  # of a Pico W
PRESS_MS = 40
THANKS_S = 60  # after which a finger gives up waiting
GAP_S = 0.1  # between two presses of one finger


class Board(host.Board):
    """One of many: its lights are watched here, and its fingers put their edges in by hand."""

    def __init__(self, number, config):
        self.number = number
        self.files = FlashFiles(config["flash"], BLOCKS)
        self.unique_id = config["board_id"]
        self.lamps = host.Lamps(self.seen)
        self.light = self.lamps.set
        self.edges = host.Edges(self.lamps.glimpse)
        self.thanked = asyncio.Event()
        self._levels = dict.fromkeys(self.edges.began, 0)

    def seen(self, face, percent):
        self._levels[face] = percent
        if min(self._levels.values()) == 100:
            self.thanked.set()

    def log(self, text):
        """Nobody listens."""

    def reset(self):
        raise SystemExit(f"kiosk {self.number} restarts, though nobody asked it to")


class Fleet:
    def __init__(self, orders):
        self._chance = random.Random(orders["seed"])
        self._pause_s = orders["pause_s"]
        self._pressing = True
        self._counters = []
        for number, config in enumerate(orders["kiosks"]):
            mine = setup.read({name: config[name] for name in config if name not in ("flash", "board_id")})
            self._counters.append(Counter(Board(number, config), mine))

    async def run(self):
        for counter in self._counters:
            counter.start()
        tell("ready")
        lives = [asyncio.create_task(counter.run()) for counter in self._counters]
        fingers = [asyncio.create_task(self._finger(counter.board)) for counter in self._counters]
        obeying = asyncio.create_task(self._obey())
        done, _ = await asyncio.wait([*lives, obeying], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        del fingers
        host.computer.end(0)

    async def _finger(self, board):
        await asyncio.sleep(self._chance.random() * self._pause_s)
        while self._pressing:
            face = self._chance.randint(1, 4)
            board.thanked.clear()
            tell(f"P {board.number} {face}")
            now = board.ticks_ms()
            board.edges.put(face, True, now - PRESS_MS)
            board.edges.put(face, False, now)
            try:
                await asyncio.wait_for(board.thanked.wait(), THANKS_S)
                tell(f"T {board.number}")
            except TimeoutError:
                pass
            await asyncio.sleep(GAP_S + self._chance.expovariate(1 / self._pause_s))

    async def _obey(self):
        given = host.computer.Input()
        await given.open()
        while True:
            line = (await given.line()).strip()
            if line == "rest":
                self._pressing = False
            elif line == "how":
                for counter in self._counters:
                    tell(f"L {counter.board.number} {counter.journal.last_seq} {counter.journal.acked}")
            else:
                return


def tell(line):
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    asyncio.run(Fleet(json.loads(Path(sys.argv[1]).read_text())).run())
