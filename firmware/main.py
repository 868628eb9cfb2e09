"""Wiring only: the board, the kiosk's own file, and the counter between them.

On a Pico it runs by itself; on a computer ``micropython main.py CONFIG.json`` or ``python main.py CONFIG.json``.
"""

import gc
import sys

GARBAGE = 12000  # bytes allocated between two collections: litter must not cut up the space a batch needs

if hasattr(gc, "threshold"):
    gc.threshold(GARBAGE)  # before the imports, which litter most

CONFIG = sys.argv[1] if len(sys.argv) > 1 else "/config.json"

if sys.platform != "rp2":
    sys.path.insert(1, (sys.path[0] or ".") + "/..")

from board import present

panel = present.panel()  # before the other imports, which take most of a second on a Pico

import asyncio
import json
from errno import ENOENT, errorcode

import kiosk
from kiosk.counter import Counter

Board = present.kind()

gc.collect()  # what the imports left behind


def read_config():
    """The object in config.json and the Setup in it; the board says what is wrong with it and goes no further."""
    import kiosk.setup as setup

    try:
        with open(CONFIG) as f:
            found = json.load(f)
        mine = setup.read(found)
    except OSError as e:
        Board.refuse(_unread(e))
    except MemoryError:
        Board.refuse(CONFIG + " is too long for the memory")
    except ValueError:
        Board.refuse(CONFIG + " is not JSON")
    except setup.SetupError as e:
        Board.refuse(e.args[0])
    del sys.modules["kiosk.setup"], kiosk.setup  # needed no more: room on the heap
    return found, mine


def _unread(error):
    """A file that is there and cannot be read is another trouble than one that was never written."""
    if error.args[0] == ENOENT:
        return "there is no " + CONFIG
    return CONFIG + " is there and cannot be read: " + str(errorcode.get(error.args[0], error.args[0]))


async def run(board, counter):
    counter.start()
    try:
        await asyncio.gather(board.serve(counter.typed), counter.run())
    except board.Stopped:
        counter.journal.settle()
        board.end()


def main():
    global read_config, _unread
    found, mine = read_config()
    del read_config, _unread  # needed no more, as setup
    board = Board(found, panel)
    asyncio.run(run(board, Counter(board, mine)))


if __name__ == "__main__":
    main()
