"""Runs in MicroPython: a kiosk's journal lives on the littlefs in the file FLASH until it takes so many BLOCKS.

    micropython -X heapsize=2M tests/tools/lived_journal.py FLASH BLOCKS

Every tap is acked at once, so that nothing is thinned. Prints the blocks its segments take.
"""

import gc
import sys

gc.threshold(12000)  # as firmware/main.py does
sys.path[:] = [".", "firmware", ".frozen"]

import vfs
from board import flashfile
from board.files import LittleFiles
from kiosk.journal import Journal

from tests.kiosk.desk import Dice
from tests.kiosk.ram_flash import GEOMETRY


class Flash(flashfile.FlashFile):
    """Without waiting for this computer's disk: nobody takes its power away."""

    def writeblocks(self, block, buffer, offset=0):
        self._file.seek(block * flashfile.BLOCK + offset)
        self._file.write(buffer)

    def flush(self):
        self._file.flush()


device = Flash(sys.argv[1])
try:
    vfs.mount(vfs.VfsLfs2(device, **GEOMETRY), "/flash")
except OSError:
    vfs.VfsLfs2.mkfs(device, **GEOMETRY)
    vfs.mount(vfs.VfsLfs2(device, **GEOMETRY), "/flash")
journal = Journal(LittleFiles("/flash"), "b0a2d1", Dice(7).roll)
journal.open(0)
while journal.shelf.blocks() < int(sys.argv[2]):
    n = journal.next_seq
    assert journal.append(1 + n % 4, 0, n * 1000) == n
    journal.ack(n)
device.flush()
print(journal.shelf.blocks())
