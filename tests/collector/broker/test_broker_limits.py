"""What the embedded broker refuses, cuts off or slows down, and what is said of it."""

import os
import socket
import time

import pytest

from collector.broker import EmbeddedBroker, Limits, packets
from tests.collector.broker_client import Client
from tests.collector.embedded import (
    FROM_ALL,
    await_that,
    broker,
    certificate,
    clients,
    connect_bytes,
    ended,
    nothing_else_arrives,
    site,
)
from wire.topic import of

__all__ = ["broker", "certificate", "clients", "site"]


def test_a_message_of_three_mebibytes_is_cut_off_and_the_others_go_on(clients, broker):
    collector = clients.collector()
    big, small = clients.kiosk("kiosk-1"), clients.kiosk("kiosk-2")
    big._paho.publish(of("kiosk-1", "taps"), b"x" * 3 * 2**20, 1)
    big.await_cut()
    assert broker.counts["malformed"] == 1
    nothing_else_arrives(small, "kiosk-2", collector)


def test_a_claimed_length_of_256_mebibytes_is_refused_before_it_is_read(broker, site):
    with socket.create_connection(("127.0.0.1", broker.port)) as liar:
        liar.sendall(connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        assert liar.recv(4) == b"\x20\x02\x00\x00"
        liar.sendall(b"\x32\xff\xff\xff\x7f")
        liar.settimeout(3)
        assert ended(liar)


@pytest.mark.parametrize(
    "bytes_sent",
    [
        os.urandom(2000),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01" + bytes(500),
        b"\x10\xff\xff\xff\xff\x7f",
        b"\x10\x00",
        bytes(5000),
        b"\xc0\x00",
        b"\x30\x04\x00\x01ab",
    ],
)
def test_bytes_that_are_no_connect_end_that_connection_only(clients, broker, bytes_sent):
    kiosk = clients.kiosk("kiosk-1")
    with socket.create_connection(("127.0.0.1", broker.port), 3) as stranger:
        stranger.sendall(bytes_sent)
        assert ended(stranger)
    assert kiosk.connected


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"\x34\x06\x00\x01a\x00\x01b",  # QoS 2
        b"\x32\x05\x00\x01a\x00\x00",  # packet identifier 0
        b"\x30\x04\x00\x02\xff\xfe",  # a topic that is not UTF-8
        b"\x30\x03\x00\x01#",
        b"\x30\x02\x00\x00",
        b"\x30\x01\x00",
        b"\x82\x02\x00\x01",
        b"\x80\x06\x00\x01\x00\x01a\x00",
        b"\x40\x03\x00\x01\x00",
        b"\x62\x02\x00\x01",
        b"\xf0\x00",
        b"\x10\x00",
        b"\x20\x02\x00\x00",
    ],
)
def test_a_packet_that_breaks_the_protocol_ends_that_connection_only(clients, broker, site, bytes_sent):
    collector = clients.collector()
    with socket.create_connection(("127.0.0.1", broker.port), 3) as breaker:
        breaker.sendall(connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        assert breaker.recv(4) == b"\x20\x02\x00\x00"
        breaker.sendall(bytes_sent)
        assert ended(breaker)
    nothing_else_arrives(clients.kiosk("kiosk-2"), "kiosk-2", collector)


def test_other_versions_of_mqtt_are_told_so(broker):
    for version in (b"\x00\x06MQIsdp\x03", b"\x00\x04MQTT\x05"):
        with socket.create_connection(("127.0.0.1", broker.port), 3) as client:
            body = version + b"\x02\x00\x3c\x00\x00\x01a"
            client.sendall(bytes([0x10, len(body)]) + body)
            assert client.recv(4) == b"\x20\x02\x00\x01"


def test_a_socket_that_never_says_who_it_is_is_closed(broker):
    with socket.create_connection(("127.0.0.1", broker.port), 8) as idle:
        idle.sendall(b"\x10")
        started = time.monotonic()
        assert ended(idle)
        assert 0.8 < time.monotonic() - started < 6


def test_connections_beyond_the_limit_are_closed_and_the_place_is_free_again_afterwards(clients, site):
    broker = EmbeddedBroker(site[0], port=0, limits=Limits(connections=3))
    broker.start()
    try:
        idle = [socket.create_connection(("127.0.0.1", broker.port), 3) for _ in range(3)]
        idle[0].sendall(connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        assert idle[0].recv(4) == b"\x20\x02\x00\x00"
        with socket.create_connection(("127.0.0.1", broker.port), 3) as one_too_many:
            assert ended(one_too_many)
        idle[2].close()
        await_that(lambda: broker.connections == 2)
        Client(broker.port, "kiosk-2", "kiosk-2", site[1]["kiosk-2"]).close()
        for one in idle:
            one.close()
    finally:
        broker.stop()


def test_a_client_that_does_not_read_is_cut_and_the_others_are_served(clients, broker, site):
    collector = clients.collector()
    with socket.create_connection(("127.0.0.1", broker.port), 3) as deaf:
        deaf.sendall(connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        deaf.sendall(packets.subscribe(packets.Subscribe(1, ((of("kiosk-1", "update"), 1),))))
        for _ in range(400):
            collector.publish(of("kiosk-1", "update"), b"x" * 60000)
            if broker.counts["slow"]:
                break
        assert broker.counts["slow"] == 1
    nothing_else_arrives(clients.kiosk("kiosk-2"), "kiosk-2", collector)


def test_a_kiosk_that_floods_is_slowed_down_and_loses_nothing(site):
    broker = EmbeddedBroker(site[0], port=0, limits=Limits(packets_per_s=200, burst=50))
    broker.start()
    try:
        collector = Client(broker.port, "collector", *broker.collector_account)
        collector.subscribe(*FROM_ALL)
        kiosk = Client(broker.port, "kiosk-1", "kiosk-1", site[1]["kiosk-1"])
        payloads = [b"%d" % n for n in range(250)]
        started = time.monotonic()
        kiosk.publish_all(of("kiosk-1", "taps"), payloads)
        assert time.monotonic() - started > 0.8
        collector.await_count(250)
        assert [payload for _, payload, _ in collector.heard] == payloads
    finally:
        broker.stop()


def test_whoever_is_refused_or_cut_is_named_once_a_minute_and_counted(clients, broker, site, caplog):
    caplog.set_level("INFO")
    kiosk = clients.kiosk("kiosk-1")
    for _ in range(3):
        kiosk.publish(of("kiosk-2", "taps"), b"forged")
    kiosk.subscribe("#")
    with socket.create_connection(("127.0.0.1", broker.port), 3) as breaker:
        breaker.sendall(connect_bytes("kiosk-2", site[1]["kiosk-2"]))
        assert breaker.recv(4) == b"\x20\x02\x00\x00"
        breaker.sendall(b"\x32\xff\xff\x7f")
        assert ended(breaker)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("collector.broker")]
    for name, what in (
        ("kiosk-1", "a PUBLISH was dropped: 'hymio/1/kiosk-2/taps' is not its own"),
        ("kiosk-1", "a SUBSCRIBE was refused: '#' is not its own"),
        ("kiosk-2", "cut: a packet of more than 65536 bytes"),
    ):
        assert len([line for line in lines if line.startswith(f"{name} at 127.0.0.1:") and line.endswith(what)]) == 1
    assert broker.counts == {"publish": 3, "subscribe": 1, "malformed": 1}
