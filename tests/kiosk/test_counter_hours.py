"""A whole counter in a time of its own: what it owes the finger within milliseconds, and the journal within hours."""

import gc

from board.ring import SLOTS
from kiosk.counter import ALIVE_EVERY_MS
from kiosk.journal import AHEAD
from kiosk.press import CONFIRM_MS, RELEASE_MS, STUCK_MS

from tests.kiosk import heap
from tests.kiosk.desk import Unread
from tests.kiosk.weather import World

HEAP = "384K"  # the broker, the collector and every tap they keep lie in it too
SOON_MS = 2000
HOUR_MS = 3600000

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def a_calm_world():
    world = World(1, rude=False, careless=False, whole=True)
    world.storming = False
    return world


def touch(world, face, closed):
    world.board.edges.put(face, closed, world.board.ticks_ms())


def armed(world):
    """The faces that the interrupt may light."""
    return [face for face in (1, 2, 3, 4) if world.board.edges.armed[face]]


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
