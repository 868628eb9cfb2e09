"""A task that sleeps until somebody rings."""

import asyncio

from kiosk.bell import Bell

from tests.kiosk.virtual_time import Time, run


def waited_ms(most_ms, *rings_ms):
    """How long each of two waits takes, with rings at these times; a negative one is before the first wait."""
    time, bell, waits, tasks = Time(), Bell(), [], []

    async def ring(at_ms):
        await asyncio.sleep(at_ms / 1000)
        bell.ring()

    async def scene():
        for at_ms in rings_ms:
            if at_ms < 0:
                bell.ring()
            else:
                tasks.append(asyncio.create_task(ring(at_ms)))
        for _ in range(2):
            began_ms = time.now_ms
            await bell.wait(most_ms)
            waits.append(time.now_ms - began_ms)

    run(time, scene())
    return waits


def test_a_wait_ends_with_a_ring_or_after_its_time():
    assert waited_ms(500) == [500, 500]
    assert waited_ms(500, 200) == [200, 500]
    assert waited_ms(500, 200, 300) == [200, 100]


def test_a_ring_before_the_wait_is_heard_once_however_often_it_rang():
    assert waited_ms(500, -1) == [0, 500]
    assert waited_ms(500, -1, -1, -1) == [0, 500]
    assert waited_ms(0, -1) == [0, 0]


def test_the_other_tasks_go_on_though_something_is_due_at_every_wait():
    bell, turns = Bell(), []

    async def other():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    async def scene():
        beside = asyncio.create_task(other())
        for most_ms, rung in ((0, False), (0, True), (-5, False), (-5, True)):
            before = len(turns)
            for _ in range(10):
                if rung:
                    bell.ring()
                await bell.wait(most_ms)
            assert len(turns) - before >= 9, (most_ms, rung)
        beside.cancel()

    run(Time(), scene())
