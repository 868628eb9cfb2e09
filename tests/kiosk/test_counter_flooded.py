"""A whole counter when a ring was full: what nobody saw is looked at, and told."""

import gc

from board.ring import SLOTS
from kiosk.press import RELEASE_MS

from tests.kiosk.fingers import armed, touch
from tests.kiosk.weather import World

HEAP = "448K"  # the broker, the collector and every tap they keep lie in it too
SOON_MS = 2000

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def a_calm_world():
    world = World(1, rude=False, careless=False, whole=True)
    world.storming = False
    return world


def flood(world):
    """Moves of a button that fill the ring, and end as they began."""
    for i in range(SLOTS - 1):
        touch(world, 3, i % 2 == 0)
    world.board.edges._closed[3] = False


def test_a_finger_whose_touch_no_ring_could_keep_is_a_tap_of_when_it_was_looked_at():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        await world._pause(1000)
        flood(world)
        touch(world, 1, True)  # there is no room for it
        began_ms = world.counter.clock.uptime_ms()
        await world._pause(100)
        journal = world.counter.journal
        assert [tap[:2] for tap in journal.batch(1, 9).taps] == [(1, began_ms)]
        touch(world, 1, False)
        await world._pause(RELEASE_MS + 1)
        assert armed(world) == [1, 2, 3, 4]

    world.play(scene())


def test_a_release_that_is_lost_while_the_contacts_are_looked_at_is_looked_at_again():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        await world._pause(1000)
        edges = world.board.edges
        closed, floods = edges.closed, [2]

        def slowly():
            found = closed()
            if floods:
                floods.pop()
                flood(world)
                touch(world, 1, False)
            return found

        edges.closed = slowly
        touch(world, 1, True)
        await world._pause(20)
        assert world.counter.journal.last_seq == 1
        flood(world)
        touch(world, 4, False)
        await world._pause(RELEASE_MS + 20)
        assert not floods and armed(world) == [1, 2, 3, 4]

    world.play(scene())


def test_moves_that_were_not_seen_are_told_within_a_minute():
    world = a_calm_world()

    async def scene():
        await world.calm()
        await world._pause(SOON_MS)
        assert world.collector.health.error is None
        flood(world)
        touch(world, 4, False)
        await world._pause(60000)
        assert "not seen" in world.collector.health.error

    world.play(scene())


def test_a_touch_whose_release_no_ring_could_keep_is_no_press():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        await world._pause(1000)
        touch(world, 1, True)
        for i in range(SLOTS - 2):
            touch(world, 3, i % 2 == 0)
        touch(world, 1, False)  # there is no room for it
        world.time.pass_ms(300)  # the processor was away
        await world._pause(1000)
        assert world.board.edges.lost and world.counter.journal.last_seq == 0
        assert armed(world) == [1, 2, 3, 4]

    world.play(scene())
