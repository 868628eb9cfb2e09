"""Packets byte by byte, and a session with a broker that may be wrong, silent or gone."""

from kiosk import mqtt_codec as mqtt
from kiosk.mqtt_session import UP, Ended, Session

WILL = ("hymio/1/k/state", b"{}")
CONNACK = b"\x20\x02\x00\x00"


def packets(received):
    return mqtt.Reader().feed(received)


def a_session(topics=("a/ack", "a/config")):
    return Session("k", "s", WILL, topics, 0)


def an_up_session():
    session = a_session()
    session.feed(CONNACK, 1)
    session.feed(b"\x90\x04\x00\x01\x01\x01", 2)
    assert session.state == UP
    session.out = b""
    return session


def ended(call):
    try:
        call()
    except Ended as e:
        return e.args[0]
    return None


def test_packets_come_out_the_same_however_the_bytes_are_cut():
    stream = mqtt.publish("a/b", b"x" * 300, 1, False, 7) + CONNACK + mqtt.publish("c", b"", 0, True, None)
    whole = packets(stream)
    assert [p.kind for p in whole] == [mqtt.PUBLISH, mqtt.CONNACK, mqtt.PUBLISH]
    for size in (1, 2, 3, 7, 64, 299):
        reader = mqtt.Reader()
        found = []
        for at in range(0, len(stream), size):
            found.extend(reader.feed(stream[at : at + size]))
        assert found == whole


def test_a_publish_is_read_as_it_was_written():
    for qos, packet_id in ((0, None), (1, 65535)):
        (found,) = packets(mqtt.publish("hymio/1/k/ack", b"payload", qos, True, packet_id))
        assert mqtt.read_publish(found) == ("hymio/1/k/ack", b"payload", qos, packet_id)
        assert found.flags & 1 == 1


def test_lengths_at_the_edges_of_their_encoding():
    for size in (0, 1, 127, 128, 129, 2000, 2304, 16383, 16384, 20000):
        raw = mqtt.packet(mqtt.PUBLISH, 0, b"\0\1t" + bytes(size))
        (found,) = packets(raw)
        assert found.whole == (size + 3 <= mqtt.MOST)
        assert len(found.body) == (size + 3 if found.whole else mqtt.KEPT)


def test_a_message_of_64_kib_is_skipped_acknowledged_and_harms_nothing():
    session = an_up_session()
    raw = mqtt.packet(mqtt.PUBLISH, 2, mqtt.text("hymio/1/k/ack"), b"\x01\x02")
    head = bytearray(b"\x32\x80\x80\x04") + raw[2:]
    left = 65536 - (len(raw) - 2)
    assert session.feed(bytes(head), 3) == []
    while left:
        size = min(512, left)
        assert session.feed(bytes(size), 3) == []
        left -= size
    assert session.out == mqtt.puback(0x0102) and session.too_long == 1
    assert session.feed(mqtt.publish("a/ack", b"next", 1, False, 9), 4) == [("a/ack", b"next")]


def test_a_length_of_five_bytes_ends_the_session():
    session = an_up_session()
    assert "length" in ended(lambda: session.feed(b"\x30\xff\xff\xff\xff\x01", 3))


def test_nonsense_of_every_first_byte_never_does_more_than_end_the_session():
    for first in range(256):
        for body in (b"\x00", b"\x02\x00\x00", b"\x03\x00\x05a", b"\x04\xff\xff\x00\x00", b"\x05\x00\x01\xff\x00\x00"):
            session = an_up_session()
            try:
                session.feed(bytes((first,)) + body, 3)
            except Ended as e:
                assert e.args[0]


def test_the_connect_packet_carries_will_name_and_secret():
    (found,) = packets(a_session().out)
    assert found.kind == mqtt.CONNECT
    assert found.body[:10] == b"\x00\x04MQTT\x04\xee\x00\x3c"
    assert found.body[10:] == b"\x00\x01k" + b"\x00\x0fhymio/1/k/state" + b"\x00\x02{}" + b"\x00\x01k\x00\x01s"


def test_it_subscribes_after_the_connack_and_is_up_after_the_suback():
    session = a_session()
    session.out = b""
    session.feed(CONNACK, 1)
    assert session.out == b"\x82\x15\x00\x01\x00\x05a/ack\x01\x00\x08a/config\x01" and session.state != UP
    session.feed(b"\x90\x04\x00\x01\x01\x01", 2)
    assert session.state == UP


def test_a_session_present_flag_changes_nothing():
    session = a_session()
    session.feed(b"\x20\x02\x01\x00", 1)
    session.feed(b"\x90\x04\x00\x01\x01\x01", 2)
    assert session.state == UP


def test_each_refusal_has_a_name():
    for code in (1, 2, 3, 4, 5, 77):
        session = a_session()
        why = ended(lambda s=session, c=code: s.feed(bytes((0x20, 2, 0, c)), 1))
        assert "(%d)" % code in why
    session = a_session()
    session.feed(CONNACK, 1)
    assert "a/config" in ended(lambda: session.feed(b"\x90\x04\x00\x01\x01\x80", 2))


def test_who_answers_with_something_else_is_not_a_broker():
    assert "not an MQTT broker" in ended(lambda: a_session().feed(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b" " * 300, 1))


def test_packet_ids_wrap_and_pass_over_those_in_flight():
    session = an_up_session()
    session.publish("t", b"", 1, False)  # id 2, never acknowledged
    taken = []
    for _ in range(65600):
        session.out = b""
        session.publish("t", b"", 1, False)
        taken.append(int.from_bytes(session.out[5:7], "big"))
        if len(taken) > 10:
            taken.pop(0)
        session.feed(mqtt.puback(taken[-1]), 3)
        assert 1 <= taken[-1] <= 65535 and taken[-1] != 2
    assert taken[-1] == 68


def test_pubacks_that_are_dropped_doubled_or_unknown_do_no_harm():
    session = an_up_session()
    for _ in range(100):
        session.publish("t", b"", 1, False)
    session.feed(mqtt.puback(60000) + mqtt.puback(100) + mqtt.puback(100), 3)
    session.out = b""
    session.publish("t", b"x", 1, False)
    assert session.out


def test_silence_brings_a_ping_and_then_the_end():
    session = an_up_session()
    assert session.poll(1000) == 14002 and session.out == b""
    session.poll(15002)
    assert session.out == mqtt.pingreq()
    session.out = b""
    session.poll(20000)
    assert session.out == b""
    session.feed(b"\xd0\x00", 20001)
    session.poll(34000)
    assert session.out == b""
    session.poll(35001)
    assert session.out == mqtt.pingreq()
    assert "silent" in ended(lambda: session.poll(50001))


def test_sending_is_no_sign_of_life():
    session = an_up_session()
    for now_ms in range(1000, 30000, 1000):
        session.publish("t", b"", 1, False)
        session.poll(now_ms)
    assert "silent" in ended(lambda: session.poll(30002))


def test_a_broker_that_never_answers_is_given_up_after_10_s():
    assert "did not answer" in ended(lambda: a_session().poll(10000))
    session = a_session()
    session.feed(CONNACK, 9000)
    assert session.poll(18999) == 1
    assert "did not answer" in ended(lambda: session.poll(19000))


def test_a_broker_has_its_10_s_from_when_it_was_asked_however_long_a_handshake_took():
    session = a_session()
    session.sent(11700)
    assert session.poll(21699) == 1
    assert "did not answer" in ended(lambda: session.poll(21700))
    session = a_session()
    session.sent(11700)
    session.feed(CONNACK, 12000)
    session.sent(15000)  # the subscription
    assert "did not answer" in ended(lambda: session.poll(22000))
