"""The storms of test_storms.py over a journal on the real littlefs, where a file costs what it costs on a board."""

import gc
import os

from board.files import LittleFiles

from tests.kiosk import heap
from tests.kiosk.ram_flash import RamFlash, mount, unmount
from tests.kiosk.test_storms import weathered

INTERPRETERS = ("micropython",)
SCHEDULES = 10000 if os.getenv("SOAK") else 10
FIRST_SEED = 20001  # other weather than there
BLOCKS = 40
ROOT = "/storm"
TIME_LIMIT_S = 7200
HEAP = "768K"  # with the flash, the broker, the collector and every tap they keep

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def test_every_schedule_over_a_littlefs_ends_with_presses_equal_to_stored_taps():
    flash = RamFlash(BLOCKS)
    taps = connections = boots = erases = 0
    for seed in range(FIRST_SEED, FIRST_SEED + SCHEDULES):
        flash.blank()
        session = mount(flash, ROOT)
        world = weathered(seed, seed % 2 == 0, LittleFiles(ROOT))
        unmount(session, ROOT)
        taps += len(world.pressed)
        connections += world.connections
        boots += world.boots
        erases += flash.erases
        world = None
        heap.tidy()
    print(
        "%d schedules on littlefs, %d connections, %d boots, %d taps, %d erases"
        % (SCHEDULES, connections, boots, taps, erases)
    )
    assert boots > SCHEDULES and erases
