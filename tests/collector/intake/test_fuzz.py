"""Messages that were right once and then lost, gained or changed some bytes, by the thousand, on a live ingest;
and with them whatever MQTT 5 lets a sender say beside its message.

SOAK=1 says a million of them. Between them one kiosk says what is right; in the end its taps are there, every sum is
what the taps give, and quarantine is no larger than it may be.
"""

import os
import random

import pytest

from collector.care.verification import verify
from collector.connection.frames import BrokerAddress
from collector.connection.subscriber import Subscriber
from collector.intake import quarantine
from collector.intake.ingest import Ingest
from collector.kiosks.flood import Budget
from collector.running.service import utc_now_ms
from tests.collector import mosquitto
from tests.collector.broker_client import Client
from tests.collector.site import heard, highest, taps
from tests.collector.windowed_line import Line, text
from tests.waiting import wait_until
from tests.wire.examples import load, payload_of
from wire import topic

COUNT = 1_000_000 if os.environ.get("SOAK") else 20_000
GOOD_EVERY = 100
MOST_WAITING = 500  # deliveries for their transaction
AHEAD = 5  # right ones whose stored ack is not waited for
LONGEST = 4000
LETTERS = "aZ0 \ufeff\u00e4\u4e16\U0001f600"
KIOSKS = ("lobby-2", "gate", "nobody")
LEAVES = (*topic.FROM_KIOSK, *topic.TO_KIOSK)


class Mutator:
    """Deliveries (topic, payload, properties), the same for the same seed."""

    def __init__(self, seed):
        self._chance = random.Random(seed)
        examples = load()
        self._seeds = [
            (example["topic"].rpartition("/")[2], payload)
            for example in examples["good"] + examples["bad"]
            if len(payload := payload_of(example)) <= LONGEST
        ]

    def next(self):
        leaf, payload = self._chance.choice(self._seeds)
        data = bytearray(payload)
        for _ in range(self._chance.randrange(4)):
            self._change(data)
        if self._chance.random() < 0.02:
            leaf = self._chance.choice(LEAVES)
        return topic.of(self._chance.choice(KIOSKS), leaf), bytes(data[:LONGEST]), self._beside()

    def _beside(self):
        """Of each message in five, as much as the broker takes: it checks texts, and passes on the rest."""
        if self._chance.random() < 0.8:
            return b""
        words = [text("".join(self._chance.choices(LETTERS, k=self._chance.randrange(9)))) for _ in range(6)]
        number = self._chance.randbytes(1)
        kinds = (b"\x01" + number, b"\x02" + number * 4, b"\x03" + words[0], b"\x08" + text("a"), b"\x09" + words[1])
        users = b"".join(b"\x26" + words[2] + words[3] for _ in range(self._chance.randrange(4)))
        return b"".join(self._chance.sample(kinds, self._chance.randrange(len(kinds)))) + users

    def _change(self, data):
        at = self._chance.randrange(len(data) + 1)
        what = self._chance.randrange(6)
        if what == 0 and data:
            data[at % len(data)] ^= 1 << self._chance.randrange(8)
        elif what == 1:
            del data[at : at + self._chance.randrange(1, 20)]
        elif what == 2:
            data[at:at] = data[at : at + self._chance.randrange(1, 60)]
        elif what == 3:
            data[at:at] = self._chance.randbytes(self._chance.randrange(1, 8))
        elif what == 4:
            digits = [i for i, c in enumerate(data) if 48 <= c <= 57]
            if digits:
                data[self._chance.choice(digits)] = self._chance.choice(b"0123456789-.e")
        else:
            data[at:at] = self._chance.choice((b"9" * 30, b"[" * 40, b'{"', b"null", b"\\u0000", b"1e9", b"NaN", b"\0"))


@pytest.fixture
def broker(tmp_path):
    with mosquitto.serving(tmp_path, "max_queued_messages 0\n") as broker:
        yield broker


class Counting(Ingest):
    taken = 0  # deliveries

    def take(self, deliveries):
        replies = super().take(deliveries)
        self.taken += len(deliveries)
        return replies


def test_whatever_is_said_nothing_stops_and_no_number_is_wrong(site, broker, caplog):
    address = BrokerAddress("127.0.0.1", broker.port, "collector-1", "x")
    unslowed = Budget(1e9, 1e9)  # every message comes to ingest; what a flood may do is in test_flood.py
    ingest = Counting(site.engine, utc_now_ms)
    subscriber = Subscriber(ingest, address, budget=unslowed)
    subscriber.start()
    wait_until(lambda: subscriber.connected)
    kiosk, line, mutator = Client(broker.port, "lobby-1"), Line(broker.port, "fuzz", mqtt5=True), Mutator(20_261_124)
    kiosk.subscribe("hymio/1/lobby-1/ack")
    good = COUNT // GOOD_EVERY
    try:
        for n in range(1, COUNT + 1):
            line.say(*mutator.next())
            if n % GOOD_EVERY == 0:
                said = n // GOOD_EVERY
                line.say(*taps(said, [1 + said % 4]))
                # or the lines were full in the end, and most would not be taken
                wait_until(lambda seq=said - AHEAD: _acked(kiosk) >= seq and subscriber.waiting < MOST_WAITING)
        wait_until(lambda: _all_there(kiosk, good) and not subscriber.waiting, 300)
        assert "ended" not in caplog.text  # the connection
        assert subscriber.alive and subscriber.trouble is None
        print(f"of {COUNT} mutated messages {ingest.taken - good} came to ingest")
        assert ingest.taken > COUNT // 2  # the others have topics that no collector hears
    finally:
        line.close()
        kiosk.close()
        subscriber.stop()
    mine = "SELECT face FROM tap JOIN journal_mark ON id = journal_id WHERE kiosk = 'lobby-1' ORDER BY seq"
    assert [face for (face,) in site.rows(mine)] == [1 + seq % 4 for seq in range(1, good + 1)]
    report = verify(site.engine)
    assert report.differences == [] and report.taps > good
    kept = site.rows("SELECT kiosk, count(*) FROM quarantine GROUP BY kiosk")
    assert kept and max(count for _, count in kept) <= quarantine.KEPT


def _acked(kiosk):
    return heard(kiosk.heard[-1][:2])[1].seq if kiosk.heard else 0


def _all_there(kiosk, good):
    """What did not fit while it was busy is said again, as a kiosk would."""
    mark = max(highest(kiosk), 0)
    if mark < good:
        seqs = range(mark + 1, min(mark + 64, good) + 1)
        kiosk.publish(*taps(mark + 1, [1 + seq % 4 for seq in seqs]))
    return mark >= good
