"""The collector on a real Mosquitto: nothing is acked before it is stored, and nothing stops it for long."""

import itertools
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from collector.intake.ingest import Ingest
from collector.kiosks.flood import Budget
from collector.running.service import utc_now_ms
from tests.collector.broker_client import Client
from tests.collector.mosquitto import WINDOW, Mosquitto
from tests.collector.receivers import receivers_of
from tests.collector.relay import Relay
from tests.collector.site import FROM_MS, JOURNAL, KIOSKS, acks, birth, highest, taps
from tests.interpreters import ROOT
from tests.waiting import wait_until
from wire.messages import MAX_TAPS

PUBACK, DISCONNECT = 4, 14
MANY = 3000  # kiosks


@pytest.fixture
def relay(broker):
    relay = Relay(broker.port)
    yield relay
    relay.cut()


def fill(subscriber, kiosk):
    """One tap is with the writer, which cannot get rid of it, and one is all that the queue takes."""
    kiosk.publish(*taps(1, [4], apart_ms=12_000))
    wait_until(lambda: subscriber.trouble)
    kiosk.publish(*taps(2, [4], apart_ms=12_000))
    wait_until(lambda: subscriber.waiting == 1)


@pytest.mark.parametrize("mqtt5", [True, False])
def test_a_tap_is_stored_and_acked_over_the_broker(site, subscribe, kiosk, mqtt5):
    subscribe(mqtt5=mqtt5)
    kiosk.publish(*birth())
    wait_until(lambda: highest(kiosk) == 0)
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: highest(kiosk) == 1)
    assert site.value("SELECT count(*) FROM tap") == 1


def test_a_birth_that_lay_there_before_the_collector_came_is_answered(subscribe, kiosk):
    kiosk.publish(*birth(), retain=True)
    subscribe()
    wait_until(lambda: highest(kiosk) == 0)


def test_bad_messages_of_every_kind_are_quarantined_and_the_next_good_one_is_stored(site, subscribe, kiosk):
    subscribe()
    good = taps(1, [4])[1]
    bad = [b"\xff\xfe", b"x" * (3 << 20), good.replace(b"6000", b"NaN"), good.replace(b"[[4", b"[[5")]
    bad += [good.replace(b'"s":1', b'"s":1099511627776'), good.replace(JOURNAL.encode(), b"nothexxx")]
    kiosk.publish_all("hymio/1/lobby-1/taps", bad)
    kiosk.publish("hymio/1/stranger/taps", good)
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: any(ack.seq == 1 and ack.error is None for ack in acks(kiosk)))
    reasons = [reason for (reason,) in site.rows("SELECT reason FROM quarantine ORDER BY id")]
    assert reasons == [
        "not_json",
        "too_long",
        "not_json",
        "out_of_range",
        "out_of_range",
        "out_of_range",
        "unknown_kiosk",
    ]
    assert site.value("SELECT max(length(payload)) FROM quarantine") == 2048


def test_what_does_not_fit_into_the_queue_is_stored_when_it_is_sent_again(site, subscribe, kiosk):
    subscriber = subscribe(options={"waiting_bytes": 1})
    with site.locked():
        fill(subscriber, kiosk)
        for seq in range(3, 101):
            kiosk.publish(*taps(seq, [4], apart_ms=12_000))
        wait_until(lambda: subscriber._ingest.metrics.dropped._value.get() == 98)

    def send_again():
        mark = max(highest(kiosk), 0)
        if mark < 100:
            kiosk.publish(*taps(mark + 1, [4] * min(64, 100 - mark), apart_ms=12_000))
        return mark == 100

    wait_until(send_again)
    assert site.rows("SELECT face_4 FROM tap_day") == [(100,)]


def test_a_full_queue_holds_the_broker_up_while_the_writer_gets_on(site, subscribe, kiosk):
    subscriber = subscribe(options={"waiting_bytes": 1})
    for seq in range(1, 301):
        kiosk.publish(*taps(seq, [4]))
    wait_until(lambda: highest(kiosk) == 300)
    assert subscriber._ingest.metrics.dropped._value.get() == 0


def test_a_broker_that_is_killed_and_comes_back_finds_the_collector_again_within_a_second_or_two(
    site, subscribe, kiosk, broker
):
    subscriber = subscribe()
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: highest(kiosk) == 1)
    broker.kill()
    wait_until(lambda: not subscriber.connected)
    broker.start()
    wait_until(lambda: subscriber.connected, 3)
    again = Client(broker.port, "lobby-1")
    again.subscribe("hymio/1/lobby-1/ack")
    again.publish(*taps(1, [4, 4]))
    wait_until(lambda: highest(again) == 2)
    again.close()
    assert site.value("SELECT count(*) FROM tap") == 2


@pytest.mark.parametrize("mqtt5", [True, False])
def test_a_puback_never_goes_out_on_another_connection(site, subscribe, relay, kiosk, mqtt5):
    """While its transaction waits the connection is replaced."""
    subscriber = subscribe(port=relay.port, mqtt5=mqtt5)
    with site.locked():
        kiosk.publish(*taps(1, [4]))
        wait_until(lambda: subscriber.trouble)
        relay.cut()
        wait_until(lambda: not subscriber.connected)
        relay.open()
        wait_until(lambda: subscriber.connected)
    wait_until(lambda: highest(kiosk) == 1)
    assert PUBACK not in [kind for kind, _ in relay.packets(1)]
    kiosk.publish(*taps(1, [4, 4]))
    wait_until(lambda: highest(kiosk) == 2)
    assert [kind for kind, _ in relay.packets(1)].count(PUBACK) == 1
    assert len(relay.sent) == 2


def test_what_was_stored_while_disconnected_is_answered_when_it_is_sent_again_and_not_before(
    site, subscribe, relay, kiosk
):
    subscriber = subscribe(port=relay.port)
    with site.locked():
        kiosk.publish(*taps(1, [4], uptime_ms=111))
        wait_until(lambda: subscriber.trouble)
        relay.cut()
        wait_until(lambda: not subscriber.connected)
    wait_until(lambda: site.value("SELECT count(*) FROM tap") == 1 and not subscriber.trouble)
    relay.open()
    wait_until(lambda: subscriber.connected)
    kiosk.publish(*taps(1, [4], uptime_ms=777))
    wait_until(lambda: highest(kiosk) == 1)
    assert [ack.uptime_ms for ack in acks(kiosk)] == [777]


def test_what_becomes_of_the_connection_is_said_once_with_its_address_and_cause(subscribe, relay, caplog):
    caplog.set_level(logging.INFO)
    subscriber = subscribe(port=relay.port)
    relay.cut()
    wait_until(lambda: "no connection" in caplog.text)
    attempts = time.monotonic() + 1.5  # at least two more, after 0.2 and 0.4 s
    wait_until(lambda: time.monotonic() > attempts)
    relay.open()
    wait_until(lambda: subscriber.connected)
    subscriber.stop()
    at = f"the broker at 127.0.0.1:{relay.port}"
    said = [record.getMessage() for record in caplog.records if record.name == "hymio.collector"]
    assert said == [
        f"connected to {at}",
        f"the connection to {at} ended: it was closed without a word",
        f"no connection to {at}: Connection refused; tried again until there is one",
        f"connected to {at}",
    ]


def test_a_collector_killed_between_commit_and_puback_leaves_nothing_double(site, broker, kiosk):
    stopping = _process(site, broker, "before_puback")
    kiosk.publish_all("hymio/1/lobby-1/taps", [taps(1, [4, 4, 4])[1]])
    assert stopping.stdout.readline() == b"committed\n"
    stopping.kill()
    stopping.wait()
    assert site.value("SELECT count(*) FROM tap") == 3
    assert acks(kiosk) == []
    going_on = _process(site, broker)
    try:
        kiosk.publish(*taps(1, [4, 4, 4]))
        wait_until(lambda: highest(kiosk) == 3)
    finally:
        going_on.stdin.close()
        going_on.wait(20)
    assert site.rows("SELECT face_4 FROM tap_day") == [(3,)]
    assert site.value("SELECT count(*) FROM conflict") == 0


def _process(site, broker, *options):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.collector.collector_process", site.url, str(broker.port), *options],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == b"subscribed\n"
    return process


def test_a_receiver_that_is_killed_is_replaced_and_what_waited_is_stored_and_acked(site, subscribe, kiosk, relay):
    subscriber = subscribe(port=relay.port)
    with site.locked():
        kiosk.publish(*taps(1, [4]))
        wait_until(lambda: subscriber.trouble)
        (receiver,) = receivers_of(os.getpid())
        os.kill(receiver, signal.SIGKILL)
        wait_until(lambda: receivers_of(os.getpid()) not in ([receiver], []) and subscriber.connected)
    wait_until(lambda: highest(kiosk) == 1)
    assert PUBACK not in [kind for kind, _ in relay.packets(1)]
    kiosk.publish(*taps(1, [4, 4]))
    wait_until(lambda: highest(kiosk) == 2)


def test_a_receiver_that_hangs_is_replaced_and_taps_flow_again(site, subscribe, kiosk):
    subscriber = subscribe(options={"silent_s": 6})
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: highest(kiosk) == 1)
    (receiver,) = receivers_of(os.getpid())
    os.kill(receiver, signal.SIGSTOP)
    kiosk.publish(*taps(2, [4], apart_ms=12_000))  # the broker delivers it, and nobody reads it
    wait_until(lambda: receivers_of(os.getpid()) not in ([receiver], []) and subscriber.connected, 60)

    def send_again():
        kiosk.publish(*taps(2, [4], apart_ms=12_000))
        return highest(kiosk) == 2

    wait_until(send_again)
    assert site.rows("SELECT face_4 FROM tap_day") == [(2,)]
    assert b'hymio_receivers_replaced_total{reason="hung"} 0.0' not in subscriber._ingest.metrics.text()


class Waits(Ingest):
    """An ingest whose transactions do not end before they may."""

    def __init__(self, engine, now_ms):
        super().__init__(engine, now_ms)
        self.may_end = threading.Event()

    def take(self, deliveries):
        self.may_end.wait()
        return super().take(deliveries)


def test_a_receiver_that_waits_until_there_is_room_is_not_taken_for_one_that_hangs(site, subscribe, kiosk):
    ingest = Waits(site.engine, utc_now_ms)
    subscriber = subscribe(ingest, options={"waiting_bytes": 1, "silent_s": 5})
    before = receivers_of(os.getpid())
    for seq in (1, 2, 3, 4):
        kiosk.publish(*taps(seq, [4]))
    wait_until(lambda: subscriber.busy_s > 8)
    ingest.may_end.set()
    wait_until(lambda: highest(kiosk) == 4)
    assert receivers_of(os.getpid()) == before


def test_a_collector_whose_receiver_hangs_can_be_stopped(subscribe):
    subscriber = subscribe()
    (receiver,) = receivers_of(os.getpid())
    os.kill(receiver, signal.SIGSTOP)
    subscriber.stop()
    assert receivers_of(os.getpid()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_receiver_that_is_told_to_end_with_its_collector_leaves_that_to_it(subscribe, relay, kiosk, caplog, number):
    """As systemd tells all processes of a service, and a terminal those in it."""
    subscriber = subscribe(port=relay.port)
    (receiver,) = receivers_of(os.getpid())
    os.kill(receiver, number)
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: highest(kiosk) == 1)
    assert receivers_of(os.getpid()) == [receiver]
    subscriber.stop()
    wait_until(lambda: relay.packets(0)[-1][0] == DISCONNECT)
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_the_receiver_ends_with_its_collector_however_that_ends(site, broker):
    for end in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        process = _process(site, broker)
        (receiver,) = receivers_of(process.pid)
        process.send_signal(end)
        process.wait(20)
        process.stdin.close()
        process.stdout.close()
        wait_until(lambda receiver=receiver: not Path(f"/proc/{receiver}").exists())


@pytest.mark.parametrize("share", [None, "hymio"])
def test_two_collectors_on_one_store_agree(site, subscribe, kiosk, share):
    """Whether both hear everything, or the broker divides the messages among them."""
    both = [Ingest(site.engine, utc_now_ms) for _ in range(2)]
    for number, ingest in enumerate(both):
        subscribe(ingest, client_id=f"collector-{number}", share=share)
    for name in KIOSKS:
        kiosk.publish(*birth(kiosk=name), retain=True)
        for seq in range(1, 40):
            kiosk.publish(*taps(seq, [1 + seq % 4], kiosk=name))
    wait_until(lambda: site.rows("SELECT min(mark), count(*) FROM journal_mark") == [(39, 3)])
    counts = site.counts()
    assert site.recounted() == {name: counts[name] for name in ("days", "quarters", "journals")}
    assert site.unaccounted() == []
    assert site.value("SELECT count(*) FROM tap") == 3 * 39
    assert site.rows("SELECT kiosk, last_seq FROM kiosk_state ORDER BY 1") == [(name, 39) for name in sorted(KIOSKS)]
    stored = [ingest.metrics._stored._value.get() for ingest in both]
    assert sum(stored) == 3 * 39 and (share is None or min(stored) > 39)


class Away(Ingest):
    """An ingest whose database refuses everything, or does not answer, while it is told to."""

    def __init__(self, engine, now_ms):
        super().__init__(engine, now_ms)
        self.refuses = False
        self.answers = threading.Event()
        self.answers.set()

    def _ask(self):
        self.answers.wait()
        if self.refuses:
            raise OperationalError("", {}, Exception("gone"))

    def take(self, deliveries):
        self._ask()
        return super().take(deliveries)

    def prove(self):
        self._ask()
        super().prove()

    @property
    def part(self):
        return float(re.search(rb"^hymio_part_taken (.*)$", self.metrics.text(), re.M)[1])


def press(kiosk, seqs):
    """One after the other is stored and acked; or this fails."""
    for seq in seqs:
        kiosk.publish(*taps(seq, [4]))
        wait_until(lambda seq=seq: highest(kiosk) == seq, 20)


def send_until_acked(kiosk, seqs):
    def send():
        kiosk.publish(*taps(seqs[0], [4] * len(seqs)))
        return highest(kiosk) == seqs[-1]

    wait_until(send, pause_s=0.2)


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_a_collector_that_cannot_store_leaves_its_part_to_the_others_and_comes_back(site, subscribe, kiosk, how):
    well, away = Ingest(site.engine, utc_now_ms), Away(site.engine, utc_now_ms)
    subscribe(well, client_id="collector-1", share="hymio")
    lame = subscribe(away, client_id="collector-2", share="hymio", options={"hangs_s": 3, "waiting_bytes": 1000})
    press(kiosk, range(1, 11))
    away.refuses = how == "refuses"
    away.answers.clear() if how == "hangs" else None
    for _ in range(20):
        kiosk.publish(*taps(11, [4]))
    wait_until(lambda: not away.part)
    wait_until(lambda: lame.connected)
    stored = well.metrics._stored._value.get()
    send_until_acked(kiosk, range(11, 21))
    press(kiosk, range(21, 41))
    assert well.metrics._stored._value.get() - stored >= 20
    away.refuses = False
    away.answers.set()
    wait_until(lambda: away.part and lame.trouble is None)
    before = away.metrics._stored._value.get()

    seqs = itertools.count(41)

    def press_on():
        press(kiosk, [next(seqs)])
        return away.metrics._stored._value.get() > before

    wait_until(press_on)
    assert site.unaccounted() == []


def test_a_collector_that_shares_with_nobody_stays_where_its_database_refuses(site, subscribe, kiosk):
    away = Away(site.engine, utc_now_ms)
    lame = subscribe(away)
    away.refuses = True
    connection = lame._receiver.connection
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: away.metrics.failures._value.get() >= 6)  # more than three seconds
    kiosk.publish(*taps(2, [4], apart_ms=12_000))
    away.refuses = False
    wait_until(lambda: highest(kiosk) == 2)
    assert lame._receiver.connection == connection and away.part


def test_a_collector_that_is_frozen_leaves_its_part_to_the_others_and_comes_back(make_site, subscribe, broker, kiosk):
    site = make_site()
    process = _process(site, broker, "share")
    subscribe(Ingest(site.engine, utc_now_ms), client_id="collector-2", share="hymio")
    (receiver,) = receivers_of(process.pid)
    connected = _sockets(receiver)
    os.kill(process.pid, signal.SIGSTOP)
    send_until_acked(kiosk, range(1, 3))
    wait_until(lambda: _sockets(receiver) < connected)
    press(kiosk, range(3, 23))
    os.kill(process.pid, signal.SIGCONT)
    wait_until(lambda: _sockets(receiver) == connected)
    process.stdin.close()
    process.wait(20)
    process.stdout.close()
    assert site.unaccounted() == []


def _sockets(pid):
    """How many a process has open."""
    return sum(os.readlink(one).startswith("socket:") for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink())


def test_of_collectors_that_share_each_hears_the_births_that_lay_there(subscribe, kiosk):
    kiosk.publish(*birth(), retain=True)
    for number in range(2):
        before = len(acks(kiosk))
        subscribe(client_id=f"collector-{number}", share="hymio")
        wait_until(lambda before=before: len(acks(kiosk)) > before)


def test_what_was_dropped_gives_its_place_in_the_brokers_window_back(site, subscribe, broker, kiosk):
    subscriber = subscribe(options={"waiting_bytes": 1}, mqtt5=False)
    with site.locked():
        fill(subscriber, kiosk)
        for seq in range(3, WINDOW + 1):
            kiosk.publish(*taps(seq, [4]))
        wait_until(lambda: subscriber.owed == WINDOW - 2)
    wait_until(lambda: not subscriber.owed)
    wait_until(lambda: highest(kiosk) >= 1)
    kiosk.publish(*taps(1, [4] * WINDOW))
    wait_until(lambda: highest(kiosk) == WINDOW)


def test_whatever_goes_wrong_with_what_is_heard_the_threads_go_on(site, subscribe, kiosk):
    def fail(_want):
        raise ValueError("no")

    subscriber = subscribe(options={"on_want": fail})
    kiosk.publish("hymio/1/lobby-1/want", b"{}", qos=0)
    kiosk.publish(*taps(1, [4]))
    wait_until(lambda: highest(kiosk) == 1)
    assert subscriber.alive


def test_answers_to_thousands_at_once_hold_nobody_up(site, subscribe, tmp_path):
    """More than a pipe holds, while the receiver waits to be heard."""
    names = [f"many-{n}" for n in range(MANY)]
    rows = [{"name": name, "hash": "none", "ms": FROM_MS} for name in names]
    columns = "name, secret_hash, added_utc_ms, config_version, idle_light, health_s, channel"
    with site.engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO kiosk ({columns}) VALUES (:name, :hash, :ms, 1, 20, 300, 'stable')"), rows
        )
    (tmp_path / "patient").mkdir()
    broker = Mosquitto(tmp_path / "patient", "max_queued_messages 0\nmax_inflight_messages 2000\n")
    broker.start()
    subscribe(port=broker.port, options={"waiting_bytes": 1 << 16})
    crowd = Client(broker.port, "crowd")
    try:
        for seq in (1, 2):
            for name in names:
                crowd.say(*taps(seq, [4], kiosk=name))
        wait_until(lambda: site.value("SELECT count(*) FROM journal_mark WHERE mark = 2") == MANY, 60)
    finally:
        crowd.close()
        broker.kill()


def test_a_kiosk_whose_late_taps_have_the_store_look_far_back_is_slowed_and_flagged(site, subscribe, kiosk):
    """All of its taps are of one moment, so that each that comes late may change all that follow."""
    at_once = [(4, 1_000_000, 0)] * MAX_TAPS
    for first in range(3, 3000, MAX_TAPS):
        site.take(taps(first, at_once, held=first))
    subscriber = subscribe(options={"budget": Budget(100.0, 20.0)})
    kiosk.publish(*taps(2, at_once[:1], held=1))
    wait_until(lambda: acks(kiosk))
    kiosk.publish(*taps(1, at_once[:1], held=1))
    wait_until(lambda: site.value("SELECT count(*) FROM kiosk_state WHERE flood_utc_ms IS NOT NULL"))
    wait_until(lambda: len(acks(kiosk)) == 2 and not subscriber.waiting)
    assert site.rows("SELECT kiosk FROM kiosk_state WHERE flood_utc_ms IS NOT NULL") == [("lobby-1",)]
