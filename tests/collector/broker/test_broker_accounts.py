"""Whom the embedded broker lets in, as whom, and what it lets them say and hear, with real clients."""

import pytest

from collector.broker import EmbeddedBroker
from collector.registration import registry, retirement
from tests.collector.embedded import NOW_MS, broker, certificate, clients, nothing_else_arrives, site
from wire.topic import FROM_KIOSK, TO_KIOSK, of

__all__ = ["broker", "certificate", "clients", "site"]


def test_a_kiosk_with_its_secret_is_let_in(clients):
    assert clients.kiosk("kiosk-1").code == "Success"


def test_a_wrong_secret_is_refused(clients, site):
    assert clients.client("kiosk-1", "kiosk-1", "0" * 32).code == "Bad user name or password"
    assert clients.client("kiosk-1", "kiosk-1", site[1]["kiosk-2"]).code == "Bad user name or password"
    assert clients.client("kiosk-1", "kiosk-1", b"\xff\xfe".decode("latin-1")).code == "Bad user name or password"


def test_an_unknown_name_an_anonymous_client_and_an_empty_secret_are_refused(clients):
    assert clients.client("nobody", "nobody", "0" * 32).code == "Bad user name or password"
    assert clients.client("kiosk-1").code == "Bad user name or password"
    assert clients.client("kiosk-1", "kiosk-1", "").code == "Bad user name or password"


def test_a_kiosk_cannot_use_the_client_id_of_another_nor_one_of_its_own_making(clients, site):
    victim = clients.kiosk("kiosk-2")
    assert clients.client("kiosk-2", "kiosk-1", site[1]["kiosk-1"]).code == "Client identifier not valid"
    assert clients.client("kiosk-1-b", "kiosk-1", site[1]["kiosk-1"]).code == "Client identifier not valid"
    assert victim.connected


def test_a_stranger_who_claims_a_kiosks_client_id_does_not_disturb_it(clients):
    collector = clients.collector()
    victim = clients.kiosk("kiosk-2")
    assert victim.subscribe(of("kiosk-2", "ack")) == [1]
    for _ in range(3):
        assert clients.client("kiosk-2", "kiosk-2", "wrong").code == "Bad user name or password"
    collector.publish(of("kiosk-2", "ack"), b"still yours")
    victim.await_heard(of("kiosk-2", "ack"), b"still yours")
    nothing_else_arrives(victim, "kiosk-2", collector)


def test_the_collectors_account_needs_its_secret_and_its_name_is_no_kiosks(clients, broker):
    user, secret = broker.collector_account
    assert clients.client("c", user, secret).code == "Success"
    assert clients.client("c", user, secret[:-1]).code == "Bad user name or password"
    assert "." in user


def test_two_brokers_have_different_collector_accounts(site):
    assert EmbeddedBroker(site[0]).collector_account != EmbeddedBroker(site[0]).collector_account


def test_a_retired_kiosk_is_cut_off_and_stays_out(clients, site):
    secret = registry.add_kiosk(site[0], "old-kiosk", "lobby", NOW_MS)
    kiosk = clients.client("old-kiosk", "old-kiosk", secret)
    assert kiosk.code == "Success"
    retirement.retire(site[0], "old-kiosk", NOW_MS + 1)
    kiosk.await_cut()
    assert clients.client("old-kiosk", "old-kiosk", secret).code == "Bad user name or password"


@pytest.mark.parametrize("qos", [0, 1])
def test_a_kiosk_cannot_publish_to_the_topics_of_another(clients, qos):
    collector = clients.collector()
    kiosk = clients.kiosk("kiosk-1")
    for leaf in FROM_KIOSK:
        kiosk.publish(of("kiosk-2", leaf), b"forged", qos=qos, retain=True)
    nothing_else_arrives(kiosk, "kiosk-1", collector)
    assert [m for m in clients.collector("late").heard if m[1] == b"forged"] == []


def test_a_kiosk_cannot_speak_as_the_collector_not_even_to_itself(clients):
    collector = clients.collector()
    victim, kiosk = clients.kiosk("kiosk-2"), clients.kiosk("kiosk-1")
    assert victim.subscribe(*[of("kiosk-2", leaf) for leaf in TO_KIOSK]) == [1] * 4
    assert kiosk.subscribe(of("kiosk-1", "ack")) == [1]
    for leaf in TO_KIOSK:
        kiosk.publish(of("kiosk-2", leaf), b"forged")
    kiosk.publish(of("kiosk-1", "ack"), b"forged")
    collector.publish(of("kiosk-2", "ack"), b"real")
    collector.publish(of("kiosk-1", "ack"), b"real")
    victim.await_heard(of("kiosk-2", "ack"), b"real")
    kiosk.await_heard(of("kiosk-1", "ack"), b"real")
    assert [message[1] for message in victim.heard + kiosk.heard] == [b"real", b"real"]


@pytest.mark.parametrize("qos", [0, 1])
def test_a_kiosk_asks_for_pieces_in_its_own_name_only(clients, qos):
    collector = clients.collector(names=[of("+", "want")])
    kiosk = clients.kiosk("kiosk-1")
    kiosk.publish(of("kiosk-2", "want"), b"forged", qos=qos)
    kiosk.publish(of("kiosk-1", "want"), b"own", qos=qos)
    collector.await_heard(of("kiosk-1", "want"), b"own")
    assert collector.topics() == [of("kiosk-1", "want")]


def test_a_kiosk_hears_the_pieces_that_are_its_own_and_no_others(clients):
    collector = clients.collector()
    kiosk, other = clients.kiosk("kiosk-1"), clients.kiosk("kiosk-2")
    assert kiosk.subscribe(of("kiosk-2", "update"), of("kiosk-2", "want"), of("kiosk-1", "want")) == [128] * 3
    assert kiosk.subscribe(of("kiosk-1", "update")) == [1]
    assert other.subscribe(of("kiosk-2", "update")) == [1]
    collector.publish(of("kiosk-2", "update"), b"another's")
    other.publish(of("kiosk-1", "update"), b"forged")
    other.await_heard(of("kiosk-2", "update"), b"another's")
    collector.publish(of("kiosk-1", "update"), b"own")
    kiosk.await_heard(of("kiosk-1", "update"), b"own")
    assert [message[:2] for message in kiosk.heard] == [(of("kiosk-1", "update"), b"own")]


@pytest.mark.parametrize("topic", ["hymio/1/kiosk-1/nonsense", "hymio/2/kiosk-1/taps", "$SYS/x", "a", "hymio/1//taps"])
def test_a_kiosk_cannot_publish_outside_the_wire_format(clients, topic):
    collector = clients.collector()
    kiosk = clients.kiosk("kiosk-1")
    kiosk.publish(topic, b"odd")
    nothing_else_arrives(kiosk, "kiosk-1", collector)


@pytest.mark.parametrize(
    "name",
    [
        *("#", "+/+/+/+", "/", "$SYS/#", "$SYS/broker/uptime", "hymio/1/kiosk-1/#", "hymio/1/kiosk-1/taps"),
        *("hymio/1/+/ack", "hymio/1/+/taps", "hymio/1/kiosk-2/ack", "hymio/1/kiosk-2/state"),
        "$share/a/hymio/1/kiosk-2/ack",
    ],
)
def test_a_kiosk_cannot_subscribe_to_more_than_its_own(clients, name):
    collector = clients.collector()
    kiosk, other = clients.kiosk("kiosk-1"), clients.kiosk("kiosk-2")
    assert kiosk.subscribe(name, of("kiosk-1", "ack")) == [128, 1]
    other.publish(of("kiosk-2", "state"), b"earlier", retain=True)
    collector.publish(of("kiosk-2", "ack"), b"private")
    collector.publish(of("kiosk-1", "ack"), b"last")
    kiosk.await_heard(of("kiosk-1", "ack"), b"last")
    assert kiosk.topics() == [of("kiosk-1", "ack")]


def test_a_kiosk_that_subscribes_to_nothing_hears_nothing(clients):
    collector = clients.collector()
    clients.kiosk("kiosk-2").publish(of("kiosk-2", "state"), b"earlier", retain=True)
    kiosk = clients.kiosk("kiosk-1")
    collector.publish(of("kiosk-1", "ack"), b"unasked")
    assert kiosk.subscribe(of("kiosk-1", "config")) == [1]
    collector.publish(of("kiosk-1", "config"), b"asked")
    kiosk.await_heard(of("kiosk-1", "config"), b"asked")
    assert kiosk.topics() == [of("kiosk-1", "config")]


def test_the_collector_hears_kiosks_only_and_cannot_speak_as_one(clients):
    collector, other = clients.collector(), clients.collector("second")
    assert collector.subscribe("#", "$SYS/#", "hymio/1/+/ack", "hymio/1/+/+") == [128] * 4
    assert collector.subscribe(of("kiosk-1", "taps")) == [1]
    collector.publish(of("kiosk-1", "taps"), b"forged")
    kiosk = clients.kiosk("kiosk-1")
    nothing_else_arrives(kiosk, "kiosk-1", other)
