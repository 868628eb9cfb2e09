"""A whole kiosk while its ticks begin anew, after 12.4 days: fingers, lights and a network that comes and goes."""

import gc
import os

from tests.kiosk import heap
from tests.kiosk.weather import World
from wire.messages import Config

HEAP = "384K"  # the broker, the collector and every tap they keep lie in it too
TIME_LIMIT_S = 1800
WRAP = 1 << 30
LOOKED_AT_MS = 600000  # a kiosk looks at its clock much more often
BEFORE_MS = 20000
BREATH = 8  # percent
SETTLED_MS = 2500  # a breath's step, and thanks
AFTER_MS = 600  # of a finger, until the next comes: its thanks are over
SHIFTS = tuple(range(0, 620, 7)) if os.getenv("SOAK") else (0, 7, 95, 580)

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def left_ms(world, at):
    """Until the ticks are ``at``."""
    return (at - world.board.ticks_ms()) % WRAP


def aged(world, at):
    """Days pass, until shortly before the ticks are ``at``."""
    while left_ms(world, at) > BEFORE_MS:
        world.time.pass_ms(min(LOOKED_AT_MS, left_ms(world, at) - BEFORE_MS))
        world.counter.clock.uptime_ms()


async def finger(world, face, ms):
    """On a contact that bounces."""
    edges, board = world.board.edges, world.board
    world.pressed.append((world.counter.journal.boot, face, world.counter.clock.uptime_ms() + 2))
    for closed, wait_ms in ((True, 1), (False, 1), (True, ms), (False, 1), (True, 1), (False, AFTER_MS)):
        edges.put(face, closed, board.ticks_ms())
        await world._pause(wait_ms)


async def looked_at_late(world, face, ms):
    """A finger while the processor is away."""
    world.pressed.append((world.counter.journal.boot, face, world.counter.clock.uptime_ms()))
    for closed, wait_ms in ((True, ms), (False, 1)):
        world.board.edges.put(face, closed, world.board.ticks_ms())
        world.time.pass_ms(wait_ms)
    await world._pause(AFTER_MS)


async def breathes(world):
    """Four seconds of it."""
    seen = set()
    for _ in range(40):
        await world._pause(100)
        seen.add(tuple(sorted(world.board._levels.items())))
    assert len(seen) > 2, seen
    for levels in seen:
        assert all(0 < percent <= BREATH for _, percent in levels), levels


def lived(at, shift_ms):
    """Fingers before, over and after the moment at which the ticks are ``at``, and connections that end meanwhile."""
    world = World(3 + shift_ms, rude=True, careless=False, whole=True)
    world.storming = False
    world.collector.config = Config(5, BREATH, 300, "stable")

    async def scene():
        aged(world, at)
        await world.calm()
        aged(world, at)
        await world._pause(left_ms(world, at) - 6000 - shift_ms)
        fed = world.board.fed
        began = world.time.now_ms
        for i in range(20):
            if i in (4, 9, 14):
                world.links[-1].hang_up()
            if left_ms(world, at) <= AFTER_MS + 60:
                await world._pause(left_ms(world, at) - 20)
                await looked_at_late(world, 1 + i % 4, 40)
            else:
                await finger(world, 1 + i % 4, 30 + i)
            world.look()
        assert world.board.ticks_ms() < at % WRAP + BEFORE_MS
        assert world.board.fed - fed >= (world.time.now_ms - began) // 1100
        await world._pause(SETTLED_MS)
        assert world.board.thanks == 20 and list(world.board.edges.armed[1:]) == [1, 1, 1, 1]
        await breathes(world)
        await world.calm()

    world.play(scene())
    world.check()


def test_taps_are_stored_once_with_their_times_and_thanked_while_the_ticks_begin_anew():
    for shift_ms in SHIFTS:
        lived(0, shift_ms)
        heap.tidy()


def test_so_they_are_half_a_turn_later_where_a_difference_of_ticks_changes_its_sign():
    for shift_ms in SHIFTS:
        lived(WRAP // 2, shift_ms)
        heap.tidy()
