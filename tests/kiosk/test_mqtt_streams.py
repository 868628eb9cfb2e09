"""Streams of packets cut anywhere, and bytes that are not what they should be."""

import gc
import sys

from kiosk import mqtt_codec as mqtt
from kiosk.mqtt_session import UP, Ended, Session

from tests.kiosk.desk import Dice

CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x04\x00\x01\x01\x01"


def a_session():
    session = Session("k", "s", ("hymio/1/k/state", b"{}"), ("a/ack", "a/config"), 0)
    session.out = b""
    return session


def pieces(stream, dice, most):
    """The stream cut at random."""
    at = 0
    while at < len(stream):
        size = 1 + dice.below(most)
        yield stream[at : at + size]
        at += size


def heard(stream, cut):
    """What a session makes of a stream: messages, what it said, why it ended."""
    session = a_session()
    messages = []
    why = None
    try:
        for piece in cut:
            messages.extend(session.feed(piece, 1))
    except Ended as e:
        why = e.args[0]
    return messages, session.out, session.state, session.too_long, why


def a_stream(dice):
    """What a broker may say in an hour."""
    parts = [CONNACK, SUBACK]
    for _ in range(12):
        what = dice.below(6)
        if what == 0:
            parts.append(mqtt.packet(mqtt.PINGRESP, 0))
        elif what == 1:
            parts.append(mqtt.puback(1 + dice.below(65535)))
        elif what == 2:
            parts.append(mqtt.publish("a/config", dice.roll(dice.below(6) * 700), 1, False, 1 + dice.below(65535)))
        else:
            payload = dice.roll(dice.below(200))
            parts.append(mqtt.publish("a/ack", payload, dice.below(2), dice.below(2) == 1, 1 + dice.below(65535)))
    return b"".join(parts)


def test_a_stream_means_the_same_byte_by_byte_whole_and_in_random_chunks():
    for seed in range(1, 16):
        dice = Dice(seed)
        stream = a_stream(dice)
        whole = heard(stream, [stream])
        assert whole[2] == UP and whole[4] is None
        assert heard(stream, pieces(stream, dice, 1)) == whole
        for most in (3, 40, 600):
            assert heard(stream, pieces(stream, dice, most)) == whole
        gc.collect()


def test_a_stream_with_a_wrong_byte_ends_with_a_reason_or_goes_on_but_nothing_else():
    ended = 0
    for seed in range(1, 301):
        dice = Dice(seed)
        stream = bytearray(CONNACK + SUBACK + mqtt.publish("a/ack", b"{}", 1, False, 7) + mqtt.puback(3) * 3)
        for _ in range(1 + dice.below(3)):
            stream[dice.below(len(stream))] = dice.below(256)
        *_, why = heard(stream, pieces(bytes(stream), dice, 9))
        assert why is None or len(why) > 10
        ended += why is not None
    assert 100 < ended < 300


def test_a_message_of_64_kib_takes_no_more_memory_than_its_beginning():
    if sys.implementation.name != "micropython":
        return  # CPython does not say
    session = a_session()
    session.feed(CONNACK + SUBACK, 1)
    session.out = b""
    piece = bytes(512)
    session.feed(b"\x32\x80\x80\x04" + mqtt.text("a/ack") + b"\x00\x09", 1)
    left = 65536 - 9
    gc.collect()
    before = gc.mem_alloc()
    while left:
        taken = min(left, 512)
        assert session.feed(piece if taken == 512 else piece[:taken], 1) == []
        left -= taken
    gc.collect()
    assert gc.mem_alloc() - before < 1024
    assert session.too_long == 1 and session.out == mqtt.puback(9)
    assert session.feed(mqtt.publish("a/ack", b"next", 0, False, None), 1) == [("a/ack", b"next")]


def why_ended(*received):
    return heard(b"", received)[4]


def test_what_a_broker_must_not_send_ends_the_session_by_name():
    up = CONNACK + SUBACK
    assert "QoS 2" in why_ended(up + mqtt.publish("a/ack", b"{}", 2, False, 5))
    assert "QoS 3" in why_ended(up + mqtt.publish("a/ack", b"{}", 3, False, 5))
    assert "packet id 0" in why_ended(up + mqtt.publish("a/ack", b"{}", 1, False, 0))
    assert "ends inside its head" in why_ended(up + b"\x32\x06\x00\x04a/ac")
    assert "without a topic" in why_ended(up + b"\x30\x01\x00")
    assert "UTF-8" in why_ended(up + b"\x30\x04\x00\x02\xff\xfe")
    assert "without a packet id" in why_ended(up + b"\x40\x01\x00")
    assert "kind 8" in why_ended(up + mqtt.subscribe(3, ["a"]))
    assert "second answer" in why_ended(up + SUBACK)
    assert "1 of 2" in why_ended(CONNACK + b"\x90\x03\x00\x01\x01")
    assert "a/config" in why_ended(CONNACK + b"\x90\x04\x00\x01\x01\x80")
    assert "not an MQTT broker" in why_ended(SUBACK)


def test_messages_that_come_before_the_answer_to_the_subscription_are_taken():
    messages, said, state, _, why = heard(b"", [CONNACK + mqtt.publish("a/ack", b"{}", 1, False, 5) + SUBACK])
    assert (messages, state, why) == ([("a/ack", b"{}")], UP, None)
    assert said.endswith(mqtt.puback(5))
