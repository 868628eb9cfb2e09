"""A kiosk, a network that loses, doubles, delays and reorders, and a small collector with a mark of its own."""

import gc
import os

from kiosk.clock import Clock
from kiosk.journal import Journal
from kiosk.uplink import WINDOW, Uplink

from tests.kiosk import heap
from tests.kiosk.desk import NOW_UTC_MS, Dice, MemoryFiles, Ticks, surveyed
from tests.kiosk.small_store import Store
from wire import codec
from wire.messages import MAX_TAPS
from wire.rejected import Rejected

SCHEDULES = 2500 if os.getenv("SOAK") else 200  # on each interpreter
TIME_LIMIT_S = 900
HEAP = "256K"  # the flash, an old copy of it and the store lie in it too

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does


class World:
    """Everything between a finger and a store, at a time that the dice move on."""

    def __init__(self, seed, refuses=(), worst_ms=5000):
        self.dice = Dice(seed)
        self.files = MemoryFiles()
        self.store = Store(refuses)
        self.worst_ms = worst_ms
        self.real_ms = 0
        self.pressed = {}  # {(boot, uptime_ms): face}
        self.flight = []  # (when it arrives, to the kiosk?, session, leaf, bytes)
        self.session = 0
        self.most_flying = 0
        self.boot()

    def boot(self):
        self.ticks = Ticks(1 << 20, self.dice.below(1 << 20))
        self.clock = Clock(self.ticks.read, self.ticks.diff)
        self.journal = Journal(self.files, "b0a2d1", self.dice.roll, 8)
        self.journal.open(0)
        self.uplink = Uplink(self.journal, self.clock, ("0.1.0", "desk"), lambda: 0)
        self.connect()

    def connect(self):
        self.uplink.lost()
        self.session += 1
        surveyed(self.journal)
        self.uplink.connected(self.session, self.clock.uptime_ms())

    def press(self):
        at_ms = self.clock.uptime_ms()
        if (self.journal.boot, at_ms) in self.pressed:
            return
        face = 1 + self.dice.below(4)
        if self.journal.append(face, 0, at_ms):
            self.pressed[(self.journal.boot, at_ms)] = face

    def pass_ms(self, ms):
        self.ticks.pass_ms(ms)
        self.real_ms += ms

    def speak(self, cruel):
        """The kiosk does its chore and says what is due; the network does what it wants."""
        if self.journal.renewal:
            self.journal.renewal.step(self.clock.uptime_ms())
        while True:
            surveyed(self.journal)
            said = self.uplink.next(self.clock.uptime_ms())
            if said is None and self.journal.surveyed:
                break
            if said is None:
                continue
            assert len(said[1]) <= 2048
            self.most_flying = max(self.most_flying, len(self.uplink._flying))
            self.carry(False, said[0], said[1], cruel)

    def carry(self, to_kiosk, leaf, payload, cruel):
        copies = (0, 1, 1, 1, 2)[self.dice.below(5)] if cruel else 1
        for _ in range(copies):
            delay_ms = self.dice.below(self.worst_ms) if cruel else 1
            self.flight.append((self.real_ms + delay_ms, to_kiosk, self.session, leaf, payload))

    def arrive(self, cruel):
        """What has arrived by now, in the order of arrival: a delay may have changed it."""
        self.flight.sort(key=lambda flying: flying[0])
        while self.flight and self.flight[0][0] <= self.real_ms:
            _, to_kiosk, session, leaf, payload = self.flight.pop(0)
            if to_kiosk:
                if session == self.session:  # another connection's bytes die with it
                    self.uplink.take_ack(codec.decode(leaf, payload), self.clock.uptime_ms())
                continue
            message = codec.decode(leaf, payload)
            assert not isinstance(message, Rejected), message
            if leaf == "taps":
                assert 1 <= len(message.taps) <= MAX_TAPS
            ack = self.store.take(leaf, message, NOW_UTC_MS + self.real_ms)
            self.carry(True, "ack", codec.encode("ack", ack), cruel)

    def step(self, cruel):
        self.speak(cruel)
        self.pass_ms(self.dice.below(2000) + 1 if cruel else 50)
        self.arrive(cruel)

    def storm(self, steps, boots=False):
        """Random presses and cuts in bad weather."""
        for _ in range(steps):
            for _ in range((0, 0, 0, 1, 1, 3, 20)[self.dice.below(7)]):
                self.press()
                self.pass_ms(1 + self.dice.below(30))
            if self.dice.below(15) == 0:
                self.connect()
            if boots and self.dice.below(40) == 0:
                self.boot()
            self.step(True)

    def calm(self):
        """Good weather until everything is settled."""
        self.connect()
        for _ in range(4000):
            if not self.journal.unacked and not self.flight:
                return
            self.step(False)
            if not self.flight:
                self.pass_ms(self.uplink.due_ms(self.clock.uptime_ms()) or 0)
        raise AssertionError("not settled: %d taps left" % self.journal.unacked)

    def check(self):
        """Pressed is stored, exactly once, in order."""
        taps = self.store.taps
        assert self.store.conflicts == 0
        assert len(taps) == len(self.pressed), (len(taps), len(self.pressed))
        before = (0, -1)
        for seq in range(1, len(taps) + 1):
            boot, face, uptime_ms = taps[(self.journal.id, seq)]
            assert before < (boot, uptime_ms) and self.pressed[(boot, uptime_ms)] == face
            before = (boot, uptime_ms)
        assert self.store.marks[self.journal.id] == self.journal.last_seq == len(taps)
        assert self.most_flying <= WINDOW


def test_every_schedule_of_a_bad_network_ends_with_pressed_stored_exactly_once_in_order():
    taps = 0
    for seed in range(1, SCHEDULES + 1):
        world = World(seed)
        world.storm(30)
        world.calm()
        world.check()
        taps += len(world.pressed)
        world = None
        heap.tidy()
    print("%d schedules, %d taps" % (SCHEDULES, taps))


def test_restarts_in_bad_weather_lose_nothing_that_was_journalled():
    for seed in range(1, SCHEDULES // 5 + 1):
        world = World(1000 + seed)
        world.storm(40, boots=True)
        world.calm()
        world.check()
        world = None
        heap.tidy()


def test_a_link_slower_than_the_round_trip_delivers_too():
    for seed in range(1, SCHEDULES // 5 + 1):
        world = World(2000 + seed, worst_ms=30000)
        world.storm(40)
        world.calm()
        world.check()
        world = None
        heap.tidy()


def test_a_tap_the_collector_cannot_take_becomes_face_0_and_holds_up_no_other():
    for seed in range(1, SCHEDULES // 5 + 1):
        dice = Dice(3000 + seed)
        refuses = [1 + dice.below(40) for _ in range(3)]
        world = World(3000 + seed, refuses)
        world.storm(30)
        world.calm()
        taps = world.store.taps
        bad = [seq for seq in range(1, world.journal.last_seq + 1) if taps[(world.journal.id, seq)][1] == 0]
        assert bad == sorted([seq for seq in set(refuses) if seq <= world.journal.last_seq]), (seed, bad, refuses)
        assert world.uplink.refused == len(bad)
        world = None
        heap.tidy()


def test_a_store_restored_from_a_backup_is_told_again_what_the_kiosk_still_holds():
    for seed in range(1, SCHEDULES // 5 + 1):
        world = World(4000 + seed)
        world.storm(20)
        world.calm()
        lost_above = world.dice.below(world.journal.last_seq + 1)
        taps = world.store.taps
        for key in [key for key in taps if key[1] > lost_above]:
            del taps[key]
        world.store.marks[world.journal.id] = lost_above
        world.uplink.resend(world.journal.id, lost_above)
        world.storm(10)
        world.calm()
        world.check()
        world = None
        heap.tidy()


def test_a_flash_that_went_back_in_time_doubles_nothing_and_loses_no_tap_of_its_new_boot():
    for seed in range(1, SCHEDULES // 5 + 1):
        world = World(5000 + seed)
        world.storm(10)
        old = dict(world.files.content), set(world.files.folders)
        world.storm(20)
        world.press()
        world.calm()
        stored = dict(world.store.taps)
        world.files.content, world.files.folders = old
        world.pressed = {}
        world.boot()
        for _ in range(world.dice.below(60)):  # before the first answer, so that their seqs are used again
            world.press()
            world.pass_ms(1000)
        world.storm(10)
        world.press()
        world.calm()
        assert world.store.conflicts == 0
        for key, tap in stored.items():
            assert world.store.taps[key] == tap
        new = {tap[2]: tap[1] for key, tap in world.store.taps.items() if key not in stored}
        assert new == {at_ms: face for (_, at_ms), face in world.pressed.items()}
        world = None
        heap.tidy()
