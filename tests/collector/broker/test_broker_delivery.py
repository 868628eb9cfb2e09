"""What the embedded broker delivers: messages, what is retained, and Wills."""

import socket
import statistics
import threading
import time

import pytest

from tests.collector.embedded import broker, certificate, clients, connect_bytes, nothing_else_arrives, site
from wire.topic import TO_KIOSK, of

__all__ = ["broker", "certificate", "clients", "site"]


@pytest.mark.parametrize(
    "topic", [of("kiosk-2", "state"), of("kiosk-1", "taps"), of("kiosk-1", "ack"), "a/b", "$SYS/a"]
)
def test_a_will_on_anything_but_the_kiosks_own_state_is_refused(clients, topic):
    collector = clients.collector()
    assert clients.kiosk("kiosk-1", will=(topic, b"boo", 1, True)).code == "Not authorized"
    nothing_else_arrives(clients.kiosk("kiosk-1"), "kiosk-1", collector)


def test_a_will_is_said_when_the_socket_closes_without_goodbye_and_is_retained(clients):
    collector = clients.collector()
    kiosk = clients.kiosk("kiosk-3", will=(of("kiosk-3", "state"), b"gone", 1, True))
    kiosk.publish(of("kiosk-3", "state"), b"birth", retain=True)
    kiosk.vanish()
    assert collector.await_heard(of("kiosk-3", "state"), b"gone") == (of("kiosk-3", "state"), b"gone", False)
    late = clients.collector("late")
    assert late.await_heard(of("kiosk-3", "state"), b"gone")[2] is True
    assert b"birth" not in [payload for _, payload, _ in late.heard]


def test_no_will_is_said_after_a_goodbye(clients):
    collector = clients.collector()
    clients.kiosk("kiosk-3", will=(of("kiosk-3", "state"), b"gone", 1, True)).close()
    kiosk = clients.kiosk("kiosk-3")
    kiosk.publish(of("kiosk-3", "health"), b"later")
    collector.await_heard(of("kiosk-3", "health"), b"later")
    assert b"gone" not in [payload for _, payload, retained in collector.heard if not retained]


def test_a_silent_client_is_cut_after_one_and_a_half_keep_alives_and_its_will_is_said(clients, broker, site):
    collector = clients.collector()
    with socket.create_connection(("127.0.0.1", broker.port)) as silent:
        silent.sendall(connect_bytes("kiosk-4", site[1]["kiosk-4"], keep_alive_s=1, will=b"gone"))
        assert silent.recv(4) == b"\x20\x02\x00\x00"
        started = time.monotonic()
        collector.await_heard(of("kiosk-4", "state"), b"gone")
        assert 1.3 < time.monotonic() - started < 6
        assert silent.recv(1) == b""


def test_a_retained_birth_reaches_a_collector_that_subscribes_later_once(clients):
    kiosk = clients.kiosk("kiosk-5")
    kiosk.publish(of("kiosk-5", "state"), b"birth 1", retain=True)
    kiosk.publish(of("kiosk-5", "state"), b"birth 2", retain=True)
    collector = clients.collector()
    collector.await_heard(of("kiosk-5", "state"), b"birth 2")
    mine = [message for message in collector.heard if message[0] == of("kiosk-5", "state")]
    assert mine == [(of("kiosk-5", "state"), b"birth 2", True)]


def test_an_empty_retained_message_clears_the_birth(clients):
    kiosk = clients.kiosk("kiosk-5")
    kiosk.publish(of("kiosk-5", "state"), b"birth", retain=True)
    kiosk.publish(of("kiosk-5", "state"), b"", retain=True)
    assert of("kiosk-5", "state") not in clients.collector().topics()


def test_nothing_but_state_is_retained(clients):
    collector, kiosk = clients.collector(), clients.kiosk("kiosk-1")
    kiosk.publish(of("kiosk-1", "taps"), b"taps", retain=True)
    collector.publish(of("kiosk-1", "ack"), b"ack", retain=True)
    collector.await_heard(of("kiosk-1", "taps"), b"taps")
    assert kiosk.subscribe(of("kiosk-1", "ack")) == [1]
    collector.publish(of("kiosk-1", "ack"), b"next")
    kiosk.await_heard(of("kiosk-1", "ack"), b"next")
    assert len(kiosk.heard) == 1
    assert of("kiosk-1", "taps") not in clients.collector("late").topics()


def test_five_kiosks_send_a_hundred_messages_each_and_all_arrive_in_each_ones_order(clients):
    collector = clients.collector(names=[of("+", "taps")])
    kiosks = {f"kiosk-{n}": clients.kiosk(f"kiosk-{n}") for n in range(1, 6)}
    payloads = [b"%d" % n for n in range(100)]
    threads = [threading.Thread(target=k.publish_all, args=(of(n, "taps"), payloads)) for n, k in kiosks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    collector.await_count(500)
    for name in kiosks:
        assert [payload for topic, payload, _ in collector.heard if topic == of(name, "taps")] == payloads


def test_a_message_makes_the_round_trip_in_a_few_milliseconds(clients):
    collector, kiosk = clients.collector(), clients.kiosk("kiosk-1")
    kiosk.subscribe(of("kiosk-1", "ack"))
    took_ms = []
    for n in range(50):
        started = time.perf_counter()
        kiosk.publish(of("kiosk-1", "taps"), b"%d" % n)
        collector.await_heard(of("kiosk-1", "taps"), b"%d" % n)
        collector.publish(of("kiosk-1", "ack"), b"%d" % n)
        kiosk.await_heard(of("kiosk-1", "ack"), b"%d" % n)
        took_ms.append((time.perf_counter() - started) * 1000)
    # Nagle's rule with delayed acknowledgement would cost 40 ms a step
    assert statistics.median(took_ms) < 35


def test_a_kiosk_that_comes_back_before_its_old_connection_died_takes_over(clients):
    collector = clients.collector()
    will = (of("kiosk-1", "state"), b"gone", 1, True)
    old = clients.kiosk("kiosk-1", will=will)
    old.publish(of("kiosk-1", "state"), b"birth 1", retain=True)
    new = clients.kiosk("kiosk-1", will=will)
    old.await_cut()
    new.publish(of("kiosk-1", "state"), b"birth 2", retain=True)
    collector.await_heard(of("kiosk-1", "state"), b"birth 2")
    said = [payload for topic, payload, retained in collector.heard if topic == of("kiosk-1", "state") and not retained]
    assert said == [b"birth 1", b"gone", b"birth 2"]
    assert new.subscribe(of("kiosk-1", "ack")) == [1]
    collector.publish(of("kiosk-1", "ack"), b"for the new one")
    new.await_heard(of("kiosk-1", "ack"), b"for the new one")
    assert old.heard == []


def test_a_storm_of_reconnections_leaves_everyone_served(clients):
    collector = clients.collector()

    def storm(name):
        for _ in range(8):
            kiosk = clients.kiosk(name, will=(of(name, "state"), b"gone", 1, True))
            kiosk.publish(of(name, "state"), b"birth", retain=True)
            kiosk.subscribe(*[of(name, leaf) for leaf in TO_KIOSK])
            kiosk.publish(of(name, "taps"), b"tap")

    threads = [threading.Thread(target=storm, args=(f"kiosk-{n}",)) for n in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(1, 6):
        kiosk = clients.kiosk(f"kiosk-{n}")
        kiosk.subscribe(of(f"kiosk-{n}", "ack"))
        kiosk.publish(of(f"kiosk-{n}", "taps"), b"calm")
        collector.await_heard(of(f"kiosk-{n}", "taps"), b"calm")
        collector.publish(of(f"kiosk-{n}", "ack"), b"calm")
        kiosk.await_heard(of(f"kiosk-{n}", "ack"), b"calm")
    assert [payload for _, payload, _ in collector.heard].count(b"tap") == 40
