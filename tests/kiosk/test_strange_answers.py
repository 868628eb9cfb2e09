"""The whole network half against answers and a flash that are not what they should be."""

import gc

from tests.kiosk import heap
from tests.kiosk.desk import NOW_UTC_MS, Unread
from tests.kiosk.weather import World
from wire import codec
from wire.messages import Ack

TIME_LIMIT_S = 600
HEAP = "384K"  # the broker, the collector and every tap they keep lie in it too

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


def a_calm_world(seed=1):
    world = World(seed, rude=False, careless=False)
    world.storming = False
    return world


async def fingers(world, count):
    for _ in range(count):
        world.press()
        await world._pause(5)


def ack(world, journal, seq):
    world.broker.publish("ack", codec.encode("ack", Ack(journal, seq, 0, NOW_UTC_MS, None, None)))


def test_acks_for_another_journal_and_older_ones_change_nothing():
    world = a_calm_world()

    async def scene():
        await world.calm()
        await fingers(world, 50)
        await world.calm()
        journal = world.counter.journal
        world.collector.stop()
        await fingers(world, 5)
        await world._pause(1000)
        for other, seq in (("00000000", 9999), (journal.id, 0), (journal.id, 49), (journal.id, 50)):
            ack(world, other, seq)
            await world._pause(1000)
            assert (journal.acked, journal.unacked) == (50, 5)
        await world.calm()

    world.play(scene())
    world.check()
    assert world.counter.report.connects == 1


def test_only_an_ack_for_this_journal_speaks_for_a_firmware_on_trial():
    world = a_calm_world()

    async def scene():
        world.collector.stop()
        await world._pause(1000)
        ack(world, "00000000", 0)
        await world._pause(1000)
        assert not world.counter.firmware.answered
        ack(world, world.counter.journal.id, 0)
        await world._pause(1000)
        assert world.counter.firmware.answered
        world.collector.start()
        await world.calm()

    world.play(scene())


def test_what_a_time_server_said_before_gives_way_to_the_collector_for_good():
    world = a_calm_world()

    async def scene():
        await world.calm()
        anchor = world.counter.clock.anchor
        world.board.heard_time = world.board.ticks_ms(), NOW_UTC_MS + 7000000
        world.collector.stop()
        world.links[-1].hang_up()
        await world._pause(5000)
        assert world.connections == 2
        assert world.counter.clock.anchor == anchor and world.counter.clock.source == "server"

    world.play(scene())


def test_boots_that_cannot_be_read_just_now_are_told_and_cost_no_tap_and_no_other_try():
    world = a_calm_world()
    world.files = Unread()

    async def scene():
        world.reachable = False
        await fingers(world, 300)
        await world.cut_power()
        world.files.why = OSError(19)
        world.reachable = True
        await world._pause(120000)
        assert "the journal's boots could not be read: " + repr(world.files.why) in world.board.logged
        assert world.connections > 5
        world.files.why = None
        await world.calm()

    world.play(scene())
    world.check()


def test_the_watchdog_is_fed_while_a_session_lasts():
    world = a_calm_world()
    world.whole = True

    async def scene():
        await world.calm()
        for _ in range(10):
            fed = world.board.fed
            await world._pause(60000)
            assert world.board.fed - fed > 50

    world.play(scene())
    assert world.connections == 1


def test_an_ack_ahead_of_what_was_sent_begins_a_new_journal_and_loses_no_tap_of_this_boot():
    world = a_calm_world()
    world.whole = True  # a new journal is made by the watchdog's task, a step at a time

    async def scene():
        await world.calm()
        world.collector.stop()
        await fingers(world, 20)
        await world._pause(500)
        before = world.counter.journal.id
        ack(world, before, 400)
        await world._pause(1000)
        assert world.counter.journal.renewing and world.counter.journal.id == before
        pressed = 0
        while world.counter.journal.renewing and pressed < 60:
            await fingers(world, 1)
            pressed += 1
            await world._pause(700)
        assert 0 < pressed < 60 and world.counter.journal.id != before
        await world.calm()

    world.play(scene())
    world.check()


def test_a_message_of_64_kib_is_skipped_and_the_session_lives():
    world = a_calm_world()

    async def scene():
        await world.calm()
        for _ in range(3):
            head = b"\x00\x16hymio/1/lobby-1/config\x00\x07"
            world.links[-1].say(b"\x32\x80\x80\x04" + head)
            for piece in range(128):
                world.links[-1].say(bytes(512 if piece else 512 - len(head)))
                await world._pause(30)
            await fingers(world, 2)
        await world.calm()

    world.play(scene())
    world.check()
    assert world.counter.report.connects == 1 and world.counter.report.error is None


def test_a_flash_cloned_to_another_board_begins_a_journal_of_its_own():
    world = a_calm_world()

    async def scene():
        world.reachable = False
        await fingers(world, 30)
        before = world.counter.journal.id
        world.board_id = "c10ed0"
        await world.cut_power()
        assert world.counter.journal.id != before and world.counter.journal.last_seq == 0
        world.pressed = []  # the first board still has them, and sends them itself
        await fingers(world, 7)
        await world.calm()

    world.play(scene())
    world.check()


def test_a_flipped_bit_costs_one_tap_its_face_and_no_other_anything():
    spoilt = 0
    for seed in range(1, 25):
        world = a_calm_world(seed)

        async def scene(world=world):
            world.reachable = False
            await fingers(world, 45)
            content = world.files.content
            names = sorted([name for name in content if name.startswith("journal/") and content[name]])
            name = names[world.dice.below(len(names))]
            raw = bytearray(content[name])
            raw[world.dice.below(len(raw))] ^= 1 << world.dice.below(8)
            content[name] = bytes(raw)
            await world.cut_power()
            await fingers(world, 3)
            await world.calm()

        world.play(scene())
        journal = world.counter.journal
        assert journal.last_seq == len(world.pressed) + (journal.last_seq - 48) and 48 <= journal.last_seq <= 49
        stored = [world.store.taps[(journal.id, seq + 1)] for seq in range(journal.last_seq)]
        bad = [tap for tap in stored if tap[1] == 0]
        assert len(bad) <= 1 and world.counter.journal.backlog.unreadable == len(bad)
        good = [tap for tap in stored if tap[1]]
        assert good == [tap for tap in world.pressed if tap in good] and len(good) >= 47
        assert world.store.conflicts == 0
        spoilt += len(bad)
        world = None
        heap.tidy()
    assert spoilt > 10
