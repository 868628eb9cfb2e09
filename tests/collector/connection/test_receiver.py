"""The receiver's process alone, on a real Mosquitto: what it owes to whoever listens to it, or does not."""

import logging
import os
import socket
import subprocess
import sys
import threading
from multiprocessing.connection import Connection

import paho.mqtt.client as mqtt
import pytest

from collector.connection.frames import Answers, BrokerAddress, Connected, Heard, Said, encode, read_news
from collector.connection.receiver import faults
from tests.collector.broker_client import Client
from tests.collector.site import taps
from tests.collector.windowed_line import Line, text
from tests.interpreters import ROOT
from tests.waiting import LIMIT_S, wait_until

MESSAGES = 3000  # more than a pipe takes
ORDERS = 5000


@pytest.fixture
def receiver(broker):
    """The collector's end of its pipe, told where the broker is."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "collector.connection.receiver", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    with Connection(ours.detach()) as pipe:
        pipe.send_bytes(encode(BrokerAddress("127.0.0.1", broker.port, "collector-1", "x")))
        yield pipe
    process.wait(LIMIT_S)


def await_connection(pipe):
    while not isinstance(news := read_news(pipe.recv_bytes()), Connected):
        pass
    return news.connection


def test_who_does_not_listen_to_it_for_a_while_can_say_all_the_same_what_is_to_be_said(broker, receiver):
    """Or each would wait for the other to listen, and for ever."""
    connection = await_connection(receiver)
    line, watcher = Line(broker.port, "fuzz"), Client(broker.port, "lobby-2")
    watcher.subscribe("hymio/1/lobby-2/ack")
    name, payload = taps(1, [4] * 60)
    for _ in range(MESSAGES):
        line.say(name, payload)
    reply = ("hymio/1/lobby-2/ack", b"heard")
    orders = [encode(Answers(connection, [], []))] * (ORDERS - 1) + [encode(Answers(connection, [], [reply]))]
    saying = threading.Thread(target=lambda: [receiver.send_bytes(order) for order in orders], daemon=True)
    saying.start()
    saying.join(LIMIT_S)
    assert not saying.is_alive()
    heard = 0
    while heard < 2000:  # its window; nothing was acknowledged
        news = read_news(receiver.recv_bytes())
        heard += len(news.deliveries) if isinstance(news, Heard) else 0
    watcher.await_heard("hymio/1/lobby-2/ack", b"heard")
    watcher.close()
    line.close()


BESIDE = {
    "nothing": b"",
    "U+FEFF": b"\x26" + text("\ufeff") + text("\ufeff"),
    "U+FEFF as the kind of what is said": b"\x03" + text("\ufeff"),
    "a payload format that there is not": b"\x01\x02",
    "an answer wanted nowhere": b"\x08" + text("a") + b"\x09" + text(""),
    "much": (b"\x26" + text("a") + text("b")) * 200,
}


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("name", BESIDE)
def test_whatever_a_sender_says_beside_its_message_ends_no_connection(broker, receiver, name, retain):
    """Where it is retained it would come again at every connection, to every collector."""
    line = Line(broker.port, "lobby-1", mqtt5=True)
    line.say("hymio/1/lobby-1/state", b"{}", BESIDE[name], retain=retain)
    line.flush()
    connection = await_connection(receiver)
    line.say("hymio/1/lobby-1/state", b"[]", BESIDE[name])
    line.flush()
    heard = []
    while not heard or heard[-1].payload != b"[]":
        news = read_news(receiver.recv_bytes())
        assert isinstance(news, Heard) and news.connection == connection, news
        heard += news.deliveries
    told = [(delivery.topic, delivery.payload, delivery.retained, delivery.size) for delivery in heard]
    last = ("hymio/1/lobby-1/state", b"[]", False, 2)
    assert told == ([("hymio/1/lobby-1/state", b"{}", True, 2), last] if retain else [last])
    line.close()


def test_a_fault_of_ours_that_paho_catches_is_told_and_nothing_else_of_what_it_says():
    told = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.suppress_exceptions = True
    client.enable_logger(faults(told.append))
    client.on_connect_fail = lambda *_: 1 / 0
    client.connect_async("127.0.0.1", 1)
    client.loop_start()
    try:
        wait_until(lambda: told)
    finally:
        client.loop_stop()
    assert told[0] == Said(logging.ERROR, "Caught exception in on_connect_fail: division by zero")
    assert all(said.sentence.startswith("Caught") for said in told)
