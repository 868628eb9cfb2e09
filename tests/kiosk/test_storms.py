"""The wire cut at random bytes, PUBACKs lost, doubled and late, brokers that remember, collectors that come and go."""

import gc
import os

from tests.kiosk import heap
from tests.kiosk.weather import World

SCHEDULES = 10000 if os.getenv("SOAK") else 200  # on each interpreter
TIME_LIMIT_S = 7200
HEAP = "384K"  # the broker, the collector and every tap they keep lie in it too

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def a_world(seed, files=None):
    """Every kind of broker and of collector, by turns."""
    late_ms = (0, 200, 4000)[seed % 3 - 1]
    return World(seed, rude=seed % 2 == 0, remembers=seed % 3 == 0, late_ms=late_ms, files=files)


def weathered(seed, boots, files=None):
    world = a_world(seed, files)

    async def scene():
        await world.storm(25, boots)
        await world.calm()

    world.play(scene())
    world.check()
    assert world.unthanked == 0  # the flash has room for every storm, so that each press is kept and thanked
    assert world.presses == world.counter.journal.last_seq > 0
    return world


def test_every_schedule_of_cuts_and_bad_manners_ends_with_presses_equal_to_stored_taps():
    taps = connections = boots = 0
    cuts = [0, 0, 0, 0]
    for seed in range(1, SCHEDULES + 1):
        world = weathered(seed, boots=seed % 4 == 0)
        taps += len(world.pressed)
        connections += world.connections
        boots += world.boots
        cuts = [sum(pair) for pair in zip(cuts, world.broker.cuts)]
        world = None
        heap.tidy()
    print("%d schedules, %d connections, %d boots, %d taps" % (SCHEDULES, connections, boots, taps))
    print("cut: %d reset, %d closed, %d half open, %d one way" % tuple(cuts))
    assert min(cuts) > SCHEDULES // 4
