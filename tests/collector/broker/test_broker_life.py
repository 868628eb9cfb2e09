"""How the embedded broker starts, listens, speaks TLS and stops, and that it tells no secret."""

import gc
import logging
import socket
import time

import pytest

from collector.broker import BrokerError, EmbeddedBroker, Limits, packets
from tests.collector.broker_client import Client
from tests.collector.embedded import (
    FROM_ALL,
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


def test_a_taken_port_is_named_and_nothing_starts(broker, site):
    second = EmbeddedBroker(site[0], port=broker.port)
    with pytest.raises(BrokerError, match=f"port {broker.port} on 127.0.0.1 is taken by another program"):
        second.start()
    second.stop()


def test_with_a_certificate_it_speaks_tls_and_nothing_else(site, certificate, caplog):
    broker = EmbeddedBroker(
        site[0], port=0, certfile=certificate[0], keyfile=certificate[1], limits=Limits(connect_s=1)
    )
    broker.start()
    try:
        collector = Client(broker.port, "collector", *broker.collector_account, cafile=certificate[0])
        assert collector.subscribe(*FROM_ALL) == [1] * 4
        kiosk = Client(broker.port, "kiosk-1", "kiosk-1", site[1]["kiosk-1"], cafile=certificate[0])
        nothing_else_arrives(kiosk, "kiosk-1", collector)
        with socket.create_connection(("127.0.0.1", broker.port), 4) as plain:
            plain.sendall(connect_bytes("kiosk-2", site[1]["kiosk-2"]))
            assert ended(plain)
        kiosk.vanish()
    finally:
        started = time.monotonic()
        broker.stop()
        assert time.monotonic() - started < 2
    assert _alarms(caplog) == []


def test_a_certificate_that_cannot_be_read_is_named(site, certificate):
    with pytest.raises(BrokerError, match=r"certificate /nowhere\.pem with key"):
        EmbeddedBroker(site[0], port=0, certfile="/nowhere.pem", keyfile=certificate[1]).start()


def test_an_address_that_is_not_ours_is_named(site):
    with pytest.raises(BrokerError, match=r"cannot listen on 192\.0\.2\.1"):
        EmbeddedBroker(site[0], "192.0.2.1", 0).start()


def test_it_listens_on_loopback_unless_told_otherwise(site):
    assert EmbeddedBroker(site[0]).host == "127.0.0.1"


def test_it_stops_within_two_seconds_with_clients_connected_and_starts_again_on_its_port(site, caplog):
    broker = EmbeddedBroker(site[0], port=0)
    broker.start()
    kiosks = [Client(broker.port, name, name, secret) for name, secret in site[1].items()]
    kiosks[0].publish(of("kiosk-1", "state"), b"birth", retain=True)
    started = time.monotonic()
    broker.stop()
    assert time.monotonic() - started < 2
    for kiosk in kiosks:
        kiosk.await_cut()
    broker.start()
    again = Client(broker.port, "kiosk-1", "kiosk-1", site[1]["kiosk-1"])
    assert again.code == "Success"
    again.close()
    broker.stop()
    broker.stop()
    assert _alarms(caplog) == []


def test_it_stops_within_two_seconds_with_messages_that_nobody_acknowledged(site, caplog):
    broker = EmbeddedBroker(site[0], port=0)
    broker.start()
    collector = Client(broker.port, "collector", *broker.collector_account)
    with socket.create_connection(("127.0.0.1", broker.port), 3) as mute:
        mute.sendall(connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        mute.sendall(packets.subscribe(packets.Subscribe(1, ((of("kiosk-1", "ack"), 1),))))
        heard = mute.makefile("rb")
        assert heard.read(9) == b"\x20\x02\x00\x00\x90\x03\x00\x01\x01"
        for n in range(50):
            collector.publish(of("kiosk-1", "ack"), b"%d" % n)
        assert len(heard.read(50 * 20)) == 50 * 20
        started = time.monotonic()
        broker.stop()
        assert time.monotonic() - started < 2
    collector.await_cut()
    gc.collect()
    assert _alarms(caplog) == []


def test_no_secret_reaches_a_log(clients, broker, site, caplog):
    caplog.set_level("DEBUG")
    secret = site[1]["kiosk-1"]
    clients.kiosk("kiosk-1")
    clients.client("kiosk-2", "kiosk-2", secret)
    clients.client(secret, secret, secret)
    clients.collector()
    written = caplog.text
    assert "kiosk-2" in written
    assert secret not in written
    assert broker.collector_account[1] not in written


def _alarms(caplog):
    """Warnings and worse, but for asyncio's own about a slow computer, in its debug mode."""
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    return [message for message in messages if not message.startswith("Executing <")]
