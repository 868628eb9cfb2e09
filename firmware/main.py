"""Wiring only: the board, the kiosk's own file, and the counter between them.

On a Pico it runs by itself; on a computer ``micropython main.py CONFIG.json`` or ``python main.py CONFIG.json``.
"""

import asyncio
import gc
import json
import sys

GARBAGE = 12000  # bytes allocated between two collections: litter must not cut up the space a batch needs

if hasattr(gc, "threshold"):
    gc.threshold(GARBAGE)  # before the imports, which litter most

if sys.platform == "rp2":
    CONFIG = "/config.json"
else:
    CONFIG = sys.argv[1] if len(sys.argv) > 1 else "config.json"
    sys.path.insert(1, (sys.path[0] or ".") + "/..")

from board.present import Board
from kiosk import setup
from kiosk.console import Console
from kiosk.counter import Counter

gc.collect()  # what the imports left behind


def read_config():
    """The object in config.json and the Setup in it. Raises SetupError."""
    try:
        with open(CONFIG) as f:
            found = json.load(f)
    except OSError:
        raise setup.SetupError("there is no " + CONFIG) from None
    except ValueError:
        raise setup.SetupError(CONFIG + " is not JSON") from None
    return found, setup.read(found)


async def run(board, counter):
    counter.start()
    try:
        await asyncio.gather(board.serve(Console(counter).obey), counter.run())
    except board.Stopped:
        counter.journal.settle()
        board.end()


def main():
    try:
        found, mine = read_config()
    except setup.SetupError as e:
        Board.refuse(e.args[0])
    board = Board(found)
    asyncio.run(run(board, Counter(board, mine)))


if __name__ == "__main__":
    main()
