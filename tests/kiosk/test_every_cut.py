"""One session cut once at each of its bytes, in each direction, in each way that a connection can end."""

import gc
import os

from tests.kiosk import heap
from tests.kiosk.far_side import FATES, ONE_WAY
from tests.kiosk.weather import World
from wire import codec
from wire.messages import Command

TIME_LIMIT_S = 7200
SOAK = os.getenv("SOAK")
HEAP = "384K"  # the broker, the collector and every tap they keep lie in it too

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def lived(cut, fate, late_ms=7):
    """A kiosk's life whose first connection is cut as told: a backlog, fingers, orders, a silence with its ping."""
    world = World(1, rude=False, careless=False)
    world.storming = False
    world.planned = [(cut, fate, late_ms)]

    async def fingers(count):
        for _ in range(count):
            world.press()
            await world._pause(2)

    async def scene():
        await fingers(8)
        await world._pause(2000)
        await fingers(1)
        identify = Command("00c0ffee", world.collector.utc_ms() + 60000, "identify", 2, None, None, None, None, None)
        world.broker.publish("command", codec.encode("command", identify))
        await world._pause(18000)  # the ping
        await fingers(1)
        await world._pause(500)
        world.first = dict(world.links[0].passed)
        await world.calm()

    world.play(scene())
    world.check()
    return world


def cut_everywhere(way):
    """The number of cuts made in a direction."""
    whole = lived({}, FATES[0])
    assert whole.connections == 1 and len(whole.pressed) == 10
    assert "command identify: done" in whole.board.logged
    positions = whole.first[way]
    whole = None
    cuts = 0
    for at in range(positions):
        for fate in FATES if SOAK else (FATES[at % len(FATES)],):
            world = lived({way: at}, fate)
            assert sum(world.broker.cuts) == 1 and (world.connections > 1 or fate == ONE_WAY), (at, fate)
            world = None
            heap.tidy()
            cuts += 1
    print("%s: %d positions, %d cuts" % (way, positions, cuts))
    return cuts


def test_a_session_cut_after_each_byte_that_the_kiosk_sends_loses_and_doubles_nothing():
    assert cut_everywhere("up") > 1000


def test_a_session_cut_after_each_byte_that_the_broker_sends_loses_and_doubles_nothing():
    assert cut_everywhere("down") > 400
