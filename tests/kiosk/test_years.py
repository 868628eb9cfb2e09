"""Uptime over every wrap of the tick counter, for as long as a kiosk lives, and the whole kiosk at such an age."""

import gc

from kiosk.clock import Clock

from tests.kiosk import heap
from tests.kiosk.desk import Dice, Ticks
from tests.kiosk.weather import World

HEAP = "384K"  # the broker, the collector and every tap they keep lie in it too
WRAP = 1 << 30
YEAR_MS = 31557600000

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def test_thirty_years_of_long_sleeps_between_looks_lose_no_millisecond():
    dice = Dice(3)
    for start in (0, WRAP - 1, WRAP // 2):
        ticks = Ticks(WRAP, start)
        clock = Clock(ticks.read, ticks.diff)
        lived_ms = looks = 0
        while lived_ms < 30 * YEAR_MS:
            slept_ms = (1, 1000, WRAP // 4, WRAP // 2 - 18)[dice.below(4)]
            ticks.pass_ms(slept_ms)
            lived_ms += slept_ms
            looks += 1
            edge = ticks.read()
            ticks.pass_ms(17)
            lived_ms += 17
            assert clock.uptime_of(edge) == lived_ms - 17
            assert clock.uptime_ms() == lived_ms
        assert looks > 1000 and lived_ms > 1 << 39


def aged(world, years):
    """Lets that much time pass for a kiosk that looks at its clock twice a wrap."""
    end_ms = world.time.now_ms + int(years * YEAR_MS)
    while world.time.now_ms < end_ms:
        world.time.pass_ms(min(WRAP // 2 - 1, end_ms - world.time.now_ms))
        world.counter.clock.uptime_ms()


def lived(years):
    """A kiosk that has been up for that long goes on for a few minutes: presses, a cut, a restart."""
    world = World(7, rude=False, careless=False, whole=True)
    world.storming = False
    starting = world.boot

    def boot():
        starting()
        aged(world, years)

    world.boot = boot

    async def scene():
        began_ms = world.counter.clock.uptime_ms()
        for face in (1, 2, 3, 4):
            at_ms = world.counter.clock.uptime_ms()
            world.board.edges.put(face, True, world.board.ticks_ms())
            await world._pause(40)
            world.board.edges.put(face, False, world.board.ticks_ms())
            world.pressed.append((world.counter.journal.boot, face, at_ms))
            await world._pause(60000)
            world.look()
        assert world.counter.clock.uptime_ms() >= began_ms + 240000
        assert world.board.thanks == 4 and world.board.fed > 100
        await world.calm()
        world.links[-1].hang_up()
        await world._pause(5000)
        world.press()
        await world.cut_power()
        world.press()
        await world.calm()

    world.play(scene())
    world.check()
    assert max([tap[2] for tap in world.store.taps.values()]) > int(years * YEAR_MS)


def test_a_kiosk_that_is_years_old_works_as_on_its_first_day():
    for years in (31.556e-3, 0.06804, 0.1361, 1, 10, 30):  # 2^31 ms is 0.068051 years: minutes before, and far beyond
        lived(years)
        heap.tidy()
