"""A kiosk that was told to update gets the pieces it wants, and nobody else does; a flood of wants changes nothing."""

import base64
import hashlib
import threading
import time

import pytest

from collector.answers import orders, release
from collector.answers.update_key import UpdateKey
from collector.connection.frames import BrokerAddress
from collector.intake.delivery import Delivery
from collector.intake.ingest import Ingest
from collector.intake.metrics import Metrics
from collector.running.service import Collector, utc_now_ms
from collector.running.supply import BURST, WAITING, Supply
from tests.collector.broker_client import Client
from tests.collector.site import NOW_MS, birth, heard, highest, taps
from tests.waiting import wait_until
from wire import codec, manifest, topic
from wire.messages import Want

VERSION = "0.2.0+00000001"
FILES = {"main.py": b"run()", "kiosk/tap.mpy": bytes(range(256)) * 10}


def want(file="main.py", offset=0, version=VERSION, kiosk="lobby-1"):
    return Delivery(topic.of(kiosk, "want"), codec.encode("want", Want(version, file, offset)))


class Counted(Metrics):
    """Metrics that remember in a plain way what came of wants."""

    def __init__(self):
        super().__init__()
        self.outcomes = []

    def wanted(self, outcome):
        super().wanted(outcome)
        self.outcomes.append(outcome)


@pytest.fixture
def offered(site):
    release.offer(site.engine, VERSION, FILES, NOW_MS)
    orders.queue(site.engine, "lobby-1", "update", NOW_MS)


class Counter:
    """A supply whose pieces pile up in ``said``."""

    def __init__(self, site, key):
        self.said, self.refused, self.metrics = [], [], Counted()
        self.supply = Supply(
            site.engine, key, self.said.extend, self.refused.append, lambda: site.now_ms, self.metrics
        )  # fmt: skip
        self.supply.start()

    def serve(self, *wants):
        """Each want's piece, or the word for why there is none."""
        answers = []
        for each in wants:
            pieces, words = len(self.said), len(self.metrics.outcomes)
            self.supply.ask(each)
            wait_until(lambda words=words: len(self.metrics.outcomes) > words)
            word = self.metrics.outcomes[-1]
            answers.append(heard(self.said[-1])[1] if len(self.said) > pieces else word)
        return answers


@pytest.fixture
def counter(site, tmp_path):
    made = Counter(site, UpdateKey(tmp_path / "update.key"))
    yield made
    made.supply.stop()


def test_the_pieces_make_the_manifest_and_the_files_it_names(counter, offered, tmp_path):
    def fetch(file):
        got = b""
        while True:
            (piece,) = counter.serve(want(file, len(got)))
            data = base64.b64decode(piece.data)
            assert (piece.version, piece.file, piece.offset) == (VERSION, file, len(got))
            assert len(data) <= 1024
            got += data
            if len(got) == piece.size:
                return got

    signed = fetch("manifest")
    assert manifest.is_signed(signed, bytes.fromhex(UpdateKey(tmp_path / "update.key").of("lobby-1")))
    for entry in manifest.parse(signed).entries:
        assert hashlib.sha256(fetch(entry.path)).hexdigest() == entry.sha256
    assert counter.serve(want("main.py", 5))[0].data == ""


@pytest.mark.parametrize(
    "delivery, word",
    [
        (want(kiosk="lobby-2"), "not_ordered"),
        (want(kiosk="stranger"), "not_ordered"),
        (want(version="0.1.0"), "not_ordered"),
        (want("nothing.py"), "not_there"),
        (want("main.py", 6), "not_there"),
        (want("manifest", 9999), "not_there"),
        (Delivery(topic.of("lobby-1", "want"), b"{"), "unreadable"),
    ],
)
def test_what_was_not_ordered_is_not_there_or_cannot_be_read_is_counted_and_not_answered(
    counter, offered, delivery, word
):
    assert counter.serve(delivery, want()) == [word, heard(counter.said[-1])[1]]
    assert f'hymio_wants_total{{outcome="{word}"}} 1.0' in counter.metrics.text().decode()
    assert counter.refused == ([delivery] if word == "unreadable" else [])


def test_a_kiosk_that_asks_too_often_gets_its_share_and_others_get_theirs(site, counter, offered):
    orders.queue(site.engine, "lobby-2", "update", NOW_MS)
    for _ in range(50 * BURST):
        counter.supply.ask(want())
    wait_until(lambda: counter.metrics.outcomes.count("too_fast") >= 45 * BURST)
    assert len(counter.said) <= 2 * BURST
    assert counter.serve(want(kiosk="lobby-2"))[0].file == "main.py"


def test_wants_wait_in_a_room_that_does_not_grow(site, tmp_path):
    """Nobody takes them out: the supply was not started."""
    metrics = Counted()
    supply = Supply(site.engine, UpdateKey(tmp_path / "k"), list, list, lambda: NOW_MS, metrics)
    for n in range(3 * WAITING):
        supply.ask(want(kiosk=f"kiosk-{n}"))
        supply.ask(want("kiosk/tap.mpy", kiosk="kiosk-0"))
    assert len(supply._waiting) == WAITING
    assert metrics.outcomes.count("too_many") == 2 * WAITING


def test_a_key_that_cannot_be_used_is_said_once_and_files_still_come(site, offered, tmp_path, caplog):
    (tmp_path / "update.key").write_bytes(b"short")
    counter = Counter(site, UpdateKey(tmp_path / "update.key"))
    assert counter.serve(want("manifest"), want("manifest")) == ["no_key", "no_key"]
    assert counter.serve(want())[0].size == 5
    counter.supply.stop()
    assert [r.getMessage() for r in caplog.records if "signed" in r.getMessage()] == [
        f"no manifest can be signed: update_key: {tmp_path / 'update.key'} has 5 bytes; "
        "it must be the file of 32 that hymio made"
    ]


# through a broker


@pytest.fixture
def running(site, broker, tmp_path):
    collector = Collector(
        site.engine, BrokerAddress("127.0.0.1", broker.port, "collector-1", "x"), UpdateKey(tmp_path / "update.key")
    )
    collector.start()
    wait_until(lambda: collector.ready()[0])
    yield collector
    collector.stop()


def messages(client, leaf):
    told = [heard(message[:2]) for message in client.heard if message[0].rpartition("/")[2] == leaf]
    return [message for _, message in told]


def test_an_order_of_another_process_is_sent_and_its_pieces_come_over_the_broker(site, running, kiosk):
    now_ms = utc_now_ms()
    kiosk.publish(*birth())
    wait_until(lambda: highest(kiosk) == 0)
    release.offer(site.engine, VERSION, FILES, now_ms)
    orders.queue(site.engine, "lobby-1", "update", now_ms)
    wait_until(lambda: messages(kiosk, "command"))
    assert [command.version for command in messages(kiosk, "command")] == [VERSION]
    kiosk.publish(*want()[:2], qos=0)
    wait_until(lambda: messages(kiosk, "update"))
    assert base64.b64decode(messages(kiosk, "update")[0].data) == FILES["main.py"]


def test_a_want_that_cannot_be_read_is_put_in_quarantine(site, running, kiosk):
    kiosk.publish("hymio/1/lobby-1/want", b"{}", qos=0)
    wait_until(lambda: site.rows("SELECT kiosk, reason FROM quarantine") == [("lobby-1", "missing_field")])


def test_taps_are_stored_while_wants_flood(site, running, kiosk, broker):
    kiosk.publish(*birth())
    flood, ended = Client(broker.port, "lobby-2"), threading.Event()

    def pour():
        while not ended.is_set():
            for _ in range(50):
                flood.publish(*want(kiosk="lobby-2")[:2], qos=0)
            time.sleep(0.01)

    thread = threading.Thread(target=pour)
    thread.start()
    try:
        for seq in range(1, 51):
            kiosk.publish(*taps(seq, [4]))
        wait_until(lambda: highest(kiosk) == 50)
    finally:
        ended.set()
        thread.join()
        flood.close()
    assert site.value("SELECT count(*) FROM tap") == 50
    assert len(running._supply._waiting) <= 1
    assert running._subscriber._ingest.metrics.dropped._value.get() == 0


def test_ingest_by_itself_takes_a_want_for_nothing(site):
    assert Ingest(site.engine, utc_now_ms).take([want()]) == []
