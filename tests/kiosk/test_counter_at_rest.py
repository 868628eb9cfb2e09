"""A whole counter that had nothing to do: it is there for a finger, gives lights back, and feeds its watchdog."""

import gc

from board.ring import SLOTS
from kiosk.counter import BREATHER_MS, TEND_MS
from kiosk.lights import ANSWER_MS, THANKS_MS
from kiosk.vigil import LONGEST_MS

from tests.kiosk.fingers import touch
from tests.kiosk.weather import World

HEAP = "384K"  # the broker, the collector and every tap they keep lie in it too
ASLEEP_MS = 1010  # the lights look again after two seconds
SOON_MS = 20
HELD_MS = 3300  # by a step of a handshake

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def played(scene):
    """``scene(world, edges)`` in a world without a network, and without the idle breath."""
    world = World(1, rude=False, careless=False, whole=True)
    world.storming = world.reachable = False

    async def whole():
        world.counter.lights.idle_percent = 0
        await world._pause(ASLEEP_MS)
        await scene(world, world.board.edges)
        world.look()

    world.play(whole())
    return world


async def press(world, face):
    touch(world, face, True)
    await world._pause(SOON_MS)
    touch(world, face, False)


def test_thanks_of_a_press_that_no_light_answered_end_in_time():
    async def scene(world, edges):
        edges.armed[2] = 0
        await press(world, 2)
        assert world.board.shining()
        await world._pause(THANKS_MS)
        assert not world.board.shining()

    assert played(scene).board.thanks == 1


def test_a_spike_has_the_lights_for_its_moment_alone():
    async def scene(world, edges):
        touch(world, 3, True)
        await world._pause(2)
        touch(world, 3, False)
        assert edges.taken
        await world._pause(ANSWER_MS + SOON_MS)
        assert not edges.taken

    assert played(scene).counter.journal.last_seq == 0


def test_lights_that_an_edge_took_for_which_the_ring_had_no_room_are_given_back():
    async def scene(world, edges):
        edges.armed[3] = 0
        for i in range(SLOTS - 2):
            touch(world, 3, i % 2 == 0)
        touch(world, 4, False)
        touch(world, 1, True)
        touch(world, 1, False)
        assert edges.taken and edges.lost == 2
        await world._pause(ANSWER_MS + SOON_MS)
        assert not edges.taken

    assert played(scene).counter.journal.last_seq == 0


def short_once(lights):
    """Lets them find no memory the next time they are looked at. Returns a list that is empty until then."""
    poll, refused = lights.poll, []

    def once(now_ms):
        if not refused:
            refused.append(now_ms)
            raise MemoryError
        return poll(now_ms)

    lights.poll = once
    return refused


def test_thanks_that_found_no_memory_come_at_once_where_there_is_some():
    async def scene(world, edges):
        refused = short_once(world.counter.lights)
        edges.armed[2] = 0
        await press(world, 2)
        assert refused and world.board.thanks == 1

    played(scene)


def test_a_shortage_of_memory_that_is_over_is_not_told_again():
    async def scene(world, edges):
        refused = short_once(world.counter.lights)
        world.counter.glow.ring()
        await world._pause(BREATHER_MS + 1)
        assert refused and "the memory was full" in world.board.logged
        world.board.logged = []
        await world._pause(10000)
        assert world.board.logged and "the memory was full" not in world.board.logged

    played(scene)


def test_a_counter_without_memory_lets_the_others_go_on_between_its_tries():
    async def scene(world, edges):
        take, tries = edges.take, []

        def refused():
            tries.append(1)
            assert len(tries) < 100
            raise MemoryError

        edges.take = refused
        touch(world, 2, True)
        await world._pause(1000)
        assert 10 <= len(tries) <= 1000 // BREATHER_MS + 2
        edges.take = take
        await world._pause(BREATHER_MS + SOON_MS)
        assert world.counter.journal.last_seq == world.board.thanks == 1

    played(scene)


def test_a_watchdog_that_found_no_memory_even_for_the_time_or_to_say_so_goes_on_and_says_it():
    async def scene(world, edges):
        refusals = [MemoryError]
        keep, trouble, told = world.counter.vigil.keep, world.counter.conversation.trouble, []

        def kept(now_ms):
            if refusals:
                raise refusals.pop()
            return keep(now_ms)

        def said(sentence):
            if "the flash or the memory refused" in sentence:
                told.append(sentence)
                if len(told) == 1:
                    raise MemoryError("no room for the sentence")
            trouble(sentence)

        world.counter.vigil.keep, world.counter.conversation.trouble = kept, said
        await world._pause(TEND_MS + 1)
        fed = world.board.fed
        await world._pause(4 * TEND_MS)
        assert not refusals and len(told) == 2 and world.board.fed - fed >= 3

    played(scene)


def test_the_watchdog_is_fed_though_the_processor_is_held_for_seconds_while_nothing_happens():
    async def scene(world, edges):
        for pause_ms in range(1000, 4000, 90):
            fed = world.board.fed
            await world._pause(pause_ms)
            assert world.board.fed > fed
            world.time.pass_ms(HELD_MS)
        assert not any("silent" in line for line in world.board.logged)

    played(scene)


def test_the_watchdog_is_not_fed_for_long_after_the_fingers_task_hangs():
    async def scene(world, edges):
        async def hang(most_ms):
            await world._pause(1000000)

        touch(world, 1, True)  # so that it waits for nothing else
        await world._pause(SOON_MS)
        edges.wait = hang
        touch(world, 1, False)
        fed = world.board.fed
        await world._pause(60000)
        assert world.board.fed - fed <= (LONGEST_MS["count"] + TEND_MS) // TEND_MS

    played(scene)
