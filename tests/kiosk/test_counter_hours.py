"""A whole counter in a time of its own: what it owes the finger within milliseconds, and the journal within hours."""

import gc
import sys

from kiosk.counter import ALIVE_EVERY_MS
from kiosk.journal import AHEAD
from kiosk.press import CONFIRM_MS, RELEASE_MS, STUCK_MS

from tests.kiosk import heap
from tests.kiosk.desk import Unread
from tests.kiosk.fingers import armed, touch
from tests.kiosk.weather import World

HEAP = "448K"  # the broker, the collector and every tap they keep lie in it too
SOON_MS = 2000
HOUR_MS = 3600000

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def a_calm_world():
    world = World(1, rude=False, careless=False, whole=True)
    world.storming = False
    return world


def test_a_journal_that_is_nearly_full_gets_room_while_nobody_presses():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        journal = world.counter.journal
        while journal.shelf.blocks() <= journal.capacity - AHEAD:
            world.press()
            await world._pause(1)
        assert journal.thinned == 0
        await world._pause(SOON_MS * 5)
        assert journal.thinned > 0 and journal.shelf.blocks() <= journal.capacity - AHEAD

    world.play(scene())


def test_a_chore_that_the_flash_or_the_memory_refuses_ends_nothing_and_is_done_later():
    for why in (OSError(19), MemoryError()):
        world = a_calm_world()
        world.files = Unread()
        world.reachable = False

        async def scene(world=world, why=why):
            while world.counter.journal.shelf.blocks() <= world.counter.journal.capacity - AHEAD:
                world.press()
                await world._pause(1)
            await world.cut_power()  # what is thinned must be dated, so the boot before is to be read first
            journal = world.counter.journal
            world.files.why = why
            fed, last_seq = world.board.fed, journal.last_seq
            await world._pause(60000)
            world.look()
            assert world.board.fed - fed > 50 and journal.thinned == 0
            assert "the flash or the memory refused: " + repr(why) in world.board.logged
            touch(world, 2, True)
            await world._pause(SOON_MS)
            assert journal.last_seq == last_seq + 1 and world.board.thanks
            world.files.why = None
            await world._pause(60000)  # a piece of the boot before at each turn
            world.look()
            assert journal.thinned > 0

        world.play(scene())
        world = None
        heap.tidy()


def test_hours_without_a_finger_and_without_a_network_are_told_after_a_power_cut():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        await world._pause(5 * HOUR_MS // 2)
        await world.cut_power()
        journal = world.counter.journal
        journal.survey()
        assert 2 * HOUR_MS <= journal.boots.chapters[0].last_ms <= 2 * (HOUR_MS + SOON_MS)

    assert ALIVE_EVERY_MS == HOUR_MS
    world.play(scene())


def test_a_spike_does_not_look_longer_because_its_end_came_while_edges_were_taken():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        edges = world.board.edges
        take = edges.take
        ends = [CONFIRM_MS - 2]

        def slowly():
            """Nothing more to take, says the ring; then the contact opens, and the processor is away for a while."""
            edge = take()
            if edge is None and ends:
                world.time.pass_ms(ends.pop())
                touch(world, 2, False)
                world.time.pass_ms(CONFIRM_MS)
            return edge

        await world._pause(1000)
        edges.take = slowly
        touch(world, 2, True)
        await world._pause(1000)
        assert not ends and world.counter.journal.last_seq == 0
        touch(world, 2, True)
        await world._pause(CONFIRM_MS + 1)
        touch(world, 2, False)
        await world._pause(1000)
        assert world.counter.journal.last_seq == 1

    world.play(scene())


def test_the_interrupt_may_light_a_face_only_while_its_button_rests():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        assert armed(world) == [1, 2, 3, 4]  # from the first moment on
        touch(world, 3, True)
        await world._pause(1)
        assert armed(world) == [1, 2, 4]
        await world._pause(STUCK_MS + SOON_MS)
        assert armed(world) == [1, 2, 4]
        touch(world, 3, False)
        await world._pause(RELEASE_MS - 1)
        assert armed(world) == [1, 2, 4]  # it may bounce yet
        await world._pause(2)
        assert armed(world) == [1, 2, 3, 4]

    world.play(scene())


def test_a_button_that_was_held_at_boot_gets_no_light_until_it_was_released():
    class Held(World):
        def edges(self):
            edges = super().edges()
            edges.began[3] = True
            return edges

    world = Held(1, rude=False, careless=False, whole=True)
    world.reachable = False

    async def scene():
        for wait_ms in (0, 1, SOON_MS * 3, STUCK_MS):
            await world._pause(wait_ms)
            assert armed(world) == [1, 2, 4], wait_ms
        touch(world, 3, False)
        await world._pause(RELEASE_MS + 1)
        assert armed(world) == [1, 2, 3, 4] and world.counter.journal.last_seq == 0

    world.play(scene())


def test_a_button_that_is_stuck_or_let_go_of_is_told_within_two_seconds():
    world = a_calm_world()

    async def scene():
        await world.calm()
        await world._pause(SOON_MS)
        for face in (4, 1):
            assert world.collector.health.stuck == ()
            touch(world, face, True)
            await world._pause(STUCK_MS - SOON_MS)
            assert world.collector.health.stuck == ()
            await world._pause(2 * SOON_MS)
            assert world.collector.health.stuck == (face,)
            touch(world, face, False)
            await world._pause(SOON_MS)

    world.play(scene())
    assert world.counter.report.connects == 1


def test_a_finger_that_comes_again_while_its_tap_is_kept_is_not_lit_before_it_was_looked_at():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        await world._pause(1000)
        append = world.counter.journal.append

        def slowly(*tap):
            seq = append(*tap)
            for closed in (False, True):  # an erase long, and the finger is let go and comes again, or bounces
                world.time.pass_ms(20)
                touch(world, 2, closed)
            return seq

        world.counter.journal.append = slowly
        touch(world, 2, True)
        while not world.counter.journal.last_seq:
            await world._pause(1)
        assert armed(world) == [1, 3, 4] and world.board.edges.lit == 1
        world.counter.journal.append = append
        await world._pause(1)
        touch(world, 2, False)
        await world._pause(RELEASE_MS + 1)
        assert armed(world) == [1, 2, 3, 4]

    world.play(scene())


def test_what_waits_behind_a_tap_is_looked_at_at_once():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        await world._pause(1000)
        now = world.board.ticks_ms()
        for face, closed, before_ms in ((1, True, 50), (1, False, 1), (2, True, 1)):
            world.board.edges.put(face, closed, now - before_ms)
        await world._pause(CONFIRM_MS + 5)
        assert world.counter.journal.last_seq == 2

    world.play(scene())


def test_the_watchdog_is_fed_between_taps_however_many_wait_and_however_slow_the_flash_is():
    world = a_calm_world()
    world.reachable = False
    fed_ms = []

    async def scene():
        await world._pause(3000)
        counter = world.counter
        append, feed = counter.journal.append, counter.vigil._feed

        def slowly(*tap):
            world.time.pass_ms(2000)
            return append(*tap)

        def fed():
            fed_ms.append(world.time.now_ms)
            feed()

        counter.journal.append, counter.vigil._feed = slowly, fed
        for _ in range(12):
            for face in (1, 2, 3, 4):
                touch(world, face, True)
            world.time.pass_ms(20)
            for face in (1, 2, 3, 4):
                touch(world, face, False)
            world.time.pass_ms(RELEASE_MS + 1)
        began_ms = world.time.now_ms
        fed_ms.append(began_ms)
        while counter.journal.last_seq < 48:
            await world._pause(100)
        assert world.time.now_ms - began_ms >= 96000
        world.look()

    world.play(scene())
    longest_ms = max([fed_ms[i + 1] - fed_ms[i] for i in range(len(fed_ms) - 1)])
    # MicroPython takes whoever waits longest; CPython may take a task once more before one that became due meanwhile
    assert longest_ms <= (4000 if sys.implementation.name == "micropython" else 6000), longest_ms


def test_fingers_and_lights_go_on_after_a_moment_without_memory():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        counter, edges = world.counter, world.board.edges
        await world._pause(1000)
        take, poll = edges.take, counter.lights.poll
        short, dark = [], [True, True]

        def no_edge():
            edge = take()
            if edge and not edge[2] and short:  # what was in hand is lost: the release
                short.pop()
                raise MemoryError
            return edge

        def no_light(now_ms):
            if dark:
                dark.pop()
                raise MemoryError
            return poll(now_ms)

        edges.take, counter.lights.poll = no_edge, no_light
        for presses in (1, 2, 3):
            touch(world, 3, True)
            await world._pause(20)
            touch(world, 3, False)
            await world._pause(RELEASE_MS + SOON_MS)
            assert counter.journal.last_seq == presses
            short.append(presses)
        short.pop()
        assert not short and not dark and "the memory was full" in world.board.logged
        await world._pause(SOON_MS)
        assert world.board.thanks

    world.play(scene())


def test_a_memory_that_stays_full_is_the_watchdogs_business():
    world = a_calm_world()
    world.reachable = False

    async def scene():
        await world._pause(1000)

        def no_light(now_ms):
            raise MemoryError

        world.counter.lights.poll = no_light
        await world._pause(10000)
        fed = world.board.fed
        await world._pause(10000)
        assert world.board.fed == fed

    world.play(scene())
