"""The kill storm: kiosks are pressed while everything between them and the store is killed, and then all must agree.

    python -m tests.storm.storm --database postgresql --taps 1000000 [--back]

Prints what was killed when, and the sums; ends with 1 where anything does not agree.
"""

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter

from collector.care.verification import verify
from collector.database.store import open_store
from tests.storm.ledger import equal
from tests.storm.world import World
from tests.waiting import wait_until

PAUSE_S = 6.0  # the longest between two troubles
OUTAGE_S = 4.0  # the longest that one lasts, beside what starting takes
SETTLED_S = 900  # the longest that draining may take in the end


class Storm:
    """Troubles, one at a time, until ``calm``. ``log``: (s since the beginning, what); ``kills``: how often each.

    ``links``: how often the link was cut, and how often delayed.
    """

    def __init__(self, world, seed, pause_s=PAUSE_S, outage_s=OUTAGE_S):
        self._pause_s, self._outage_s = pause_s, outage_s
        self.world, self.log, self.kills, self.links = world, [], Counter(), Counter()
        self._chance = random.Random(seed)
        self._began = time.monotonic()
        self._over = threading.Event()
        self._one = threading.Lock()  # trouble at a time
        self._first = [self._delay, self._cut]  # however few troubles there are
        self.fault = None
        self._thread = threading.Thread(target=self._rage, daemon=True)

    def start(self):
        self._thread.start()

    def calm(self):
        """Returns when everything runs again."""
        self._over.set()
        self._thread.join()
        if self.fault is not None:
            raise self.fault

    def note(self, what):
        self.log.append((time.monotonic() - self._began, what))
        print(f"{self.log[-1][0]:8.1f} s  {what}", flush=True)

    def back_up(self):
        with self._one:
            self.world.database.backup()
            self.note("the database is backed up")

    def set_back(self):
        """The database returns to its backup, while kiosks go on pressing."""
        with self._one:
            if self.world.database.killable:
                self.world.database.restore()  # under live connections
            else:
                self._set_back_alone()
            self.note("the database is set back to its backup")

    def _set_back_alone(self):
        """A file is nobody's meanwhile."""
        for collector in self.world.collectors:
            collector.kill()
            self.kills["collector"] += 1
            self.note(f"killed {collector.name}, for a restore")
        self.world.database.restore()
        for collector in self.world.collectors:
            self.world.start_collector(collector)

    def _rage(self):
        try:
            while not self._over.wait(self._chance.uniform(self._pause_s / 10, self._pause_s)):
                with self._one:
                    self._trouble()
        except BaseException as fault:  # told by calm
            self.fault = fault

    def _trouble(self):
        world, chance = self.world, self._chance
        kinds = [self._broker, self._collector] * 2 + [self._cut, self._delay]
        kinds += [self._fleet] * 2 if world.mortal_fleets else []
        kinds += [self._lone] if world.mortal_lone else []
        kinds += [self._database] * 2 if world.database.killable else []
        (self._first.pop() if self._first else chance.choice(kinds))()

    def _outage(self):
        outage_s = self._chance.uniform(0, self._outage_s)
        time.sleep(outage_s)
        return f"for {outage_s:.1f} s"

    def _killed(self, kind, name, kill, start):
        kill()
        self.kills[kind] += 1
        outage = self._outage()
        start()
        self.note(f"killed {name} {outage}")

    def _broker(self):
        self._killed("broker", "the broker", self.world.broker.kill, self.world.start_broker)

    def _fleet(self):
        fleet = self._chance.choice(self.world.mortal_fleets)
        self._killed("kiosks", f"{len(fleet.ledgers)} kiosks", fleet.kill, fleet.start)

    def _lone(self):
        lone = self._chance.choice(self.world.mortal_lone)
        self._killed("kiosks", lone.name, lone.kill, lone.start)

    def _collector(self):
        collector = self._chance.choice(self.world.collectors)
        self._killed("collector", collector.name, collector.kill, lambda: self.world.start_collector(collector))

    def _database(self):
        self._killed("database", "the database", self.world.database.kill, self.world.database.start)

    def _cut(self):
        self.world.relay.cut()
        outage = self._outage()
        self.world.relay.mend()
        self.links["cut"] += 1
        self.note(f"cut the link {outage}")

    def _delay(self):
        self.world.relay.delay_s = delay_s = self._chance.uniform(0.02, 0.5)
        outage = self._outage()
        self.world.relay.delay_s = 0.0
        self.links["delayed"] += 1
        self.note(f"delayed the link by {delay_s:.2f} s {outage}")


def rage(storm, taps, kills, back=False):
    """Lets fingers press ``taps`` taps or more, until so many ``kills`` were done, then everything settle."""
    world = storm.world
    storm.start()
    told = 0.0
    backed_up = set_back = False
    try:
        while storm.fault is None:
            pressed = world.pressed()
            if pressed >= taps and storm.kills.total() >= kills and set_back == back:
                break
            if back and not backed_up and pressed > taps * 0.3:
                storm.back_up()
                backed_up = True
            if back and not set_back and pressed > taps * 0.6:
                storm.set_back()
                set_back = True
            if time.monotonic() > told + 20:
                told = time.monotonic()
                storm.note(f"{pressed} taps pressed")
            time.sleep(0.2)
    finally:
        storm.calm()
    world.rest()
    storm.note("calm: the fingers have gone")
    wait_until(lambda: settled(world), SETTLED_S, "the settling", pause_s=1)
    storm.note("every kiosk has a stored ack for its last tap")


def settled(world):
    """Whether every kiosk of the fleets is acked to its end, and the rest stored as well."""
    for fleet in world.fleets:
        fleet.stands.clear()
        fleet.say("how")
    time.sleep(1)
    for fleet in world.fleets:
        if len(fleet.stands) < len(fleet.ledgers) or any(last != acked for last, acked in fleet.stands.values()):
            return False
    lone = {lone.name for lone in world.lone}
    states = world.database.query("SELECT kiosk, backlog FROM kiosk_state")
    return {kiosk for kiosk, backlog in states if backlog == 0} >= lone


def disagreements(world):
    """Sentences on what does not agree; none."""
    found = []
    stored = world.stored()
    for kiosk in world.kiosks:
        found += kiosk.disagreements(stored.get(kiosk.name, b""))
    found += [f"a hole: {row}" for row in world.database.query("SELECT * FROM hole")]
    found += [f"a conflict: {row}" for row in world.database.query("SELECT * FROM conflict")]
    found += [f"in quarantine: {row}" for row in world.database.query("SELECT kiosk, reason, field FROM quarantine")]
    undone = "SELECT kiosk, mark, highest, missing FROM journal_mark WHERE mark != highest OR missing != 0"
    found += [f"a mark that is not at the end: {row}" for row in world.database.query(undone)]
    found += rollup_disagreements(world)
    found += [str(difference) for difference in every_sum(world).differences]
    return found


def every_sum(world):
    """What ``hymio verify`` says, of quarters, journals, verdicts and all that pages read beside the days."""
    engine = open_store(world.database.url)
    try:
        return verify(engine)
    finally:
        engine.dispose()


def rollup_disagreements(world):
    faces = [f"count(CASE WHEN verdict = 0 AND face = {face} THEN 1 END)" for face in (1, 2, 3, 4)]
    aside = [f"count(CASE WHEN verdict = {verdict} THEN 1 END)" for verdict in (1, 2, 5, 6)]
    sums = ", ".join([*faces, *aside])
    raw = world.database.query(
        f"SELECT service_point_id, day, coalesce(question_id, 0), {sums} FROM tap WHERE verdict IN (0, 1, 2, 5, 6) "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    rollup = world.database.query(
        "SELECT service_point_id, day, question_id, face_1, face_2, face_3, face_4, aside_interval, aside_test, "
        "aside_burst, aside_closed FROM tap_day ORDER BY 1, 2, 3"
    )
    undecided = world.database.query("SELECT count(*) FROM tap WHERE verdict IS NULL")[0][0]
    found = [] if raw == rollup else [f"the rollup says {rollup}, the taps {raw}"]
    return found + ([f"{undecided} taps are not decided"] if undecided else [])


def sums(world, storm):
    """One line each."""
    thanked = sum(sum(kiosk.ledger.thanked) for kiosk in world.kiosks)
    yield f"pressed {world.pressed()}, thanked {thanked}, stored {sum(map(len, world.stored().values()))}"
    yield "killed " + ", ".join(f"{kind} {count} times" for kind, count in sorted(storm.kills.items()))
    yield f"{storm.kills.total()} kills in all, {world.echo.said} messages said twice"
    yield f"the link was cut {storm.links['cut']} times and delayed {storm.links['delayed']} times"
    yield from equal(world.kiosks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--taps", type=int, default=1_000_000)
    parser.add_argument("--kiosks", type=int, default=200)
    parser.add_argument("--lone", type=int, default=10, help="kiosks on MicroPython, beside them")
    parser.add_argument("--fleets", type=int, default=8)
    parser.add_argument("--collectors", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1200, help="taps a second, of all kiosks, where the computer can")
    parser.add_argument("--kills", type=int, default=30, help="at least so many, however slow the computer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--back", action="store_true", help="set the database back to a backup in the middle")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing that it started stays
    collectors = asked.collectors if asked.database == "postgresql" else 1
    with tempfile.TemporaryDirectory(prefix="hymio-storm-") as folder:
        world = World(
            folder, asked.database, kiosks=asked.kiosks, fleets=asked.fleets, lone=asked.lone,
            collectors=collectors, rate=asked.rate, seed=asked.seed,
        )  # fmt: skip
        with world:
            storm = Storm(world, asked.seed)
            rage(storm, asked.taps, asked.kills, asked.back)
            print("\n".join(sums(world, storm)))
            found = disagreements(world)
    print("\n".join(found) or "thanked ⊆ stored ⊆ pressed for every kiosk; rollup = raw; no double, no hole")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
