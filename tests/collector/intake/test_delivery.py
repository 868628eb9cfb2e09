"""The fast way of reading taps never says anything else than wire does."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.intake.delivery import Delivery, decode, read
from tests.collector.site import taps
from wire import codec
from wire.messages import MAX_MESSAGE, MAX_SEQ, MAX_UPTIME_MS, MAX_UTC_MS, MAX_WIDTH_MS, MIN_UTC_MS


def _near(*edges):
    return st.sampled_from([edge + off for edge in edges for off in (-1, 0, 1)]) | st.integers(-5, 2**60)


VALUES = {
    "j": st.sampled_from(["9f3c1a22", "9F3C1A22", "9f3c1a2", "9f3c1a22\n", "\u00e4f3c1a22", 9]),
    "b": _near(0, 1, MAX_SEQ),
    "n": _near(0, MAX_UPTIME_MS),
    "u": st.none() | _near(MIN_UTC_MS, MAX_UTC_MS) | st.just(1.0),
    "r": st.lists(st.none() | _near(MIN_UTC_MS, MAX_UTC_MS), max_size=3),
    "h": _near(1, 5, MAX_SEQ),
    "a": _near(0, MAX_SEQ),
    "s": _near(1, 5, MAX_SEQ),
    "w": st.none() | _near(1, MAX_WIDTH_MS),
    "t": st.lists(
        st.lists(st.integers(-1, 5) | _near(MAX_UPTIME_MS) | st.booleans() | st.just(2.0), max_size=4), max_size=4
    ),
}
GOOD = {"j": "9f3c1a22", "b": 1, "n": 5, "u": MIN_UTC_MS, "h": 1, "a": 0, "s": 1, "t": [[4, 5]]}


@st.composite
def payloads(draw):
    """A good message with some fields changed, dropped, added or moved, written with or without spaces."""
    m = {**GOOD, "t": [[draw(st.integers(0, 5)), draw(st.integers(0, 99)), 1][: draw(st.integers(2, 3))]]}
    for key in draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=3)):
        m[key] = draw(VALUES[key])
    for key in draw(st.lists(st.sampled_from(sorted(m)), max_size=1)):
        del m[key]
    keys = draw(st.permutations(sorted(m))) if draw(st.booleans()) else [k for k in "jbnurhaswt" if k in m]
    tight = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    text = json.dumps({k: m[k] for k in keys}, separators=tight, ensure_ascii=draw(st.booleans())).encode()
    return draw(_damaged(text))


def _damaged(text):
    """Mostly as it is; now and then with a few bytes replaced, inserted or removed."""
    cuts = st.tuples(st.integers(0, len(text)), st.integers(0, 3), st.binary(max_size=3))
    damaged = cuts.map(lambda c: text[: c[0]] + c[2] + text[c[0] + c[1] :])
    return st.just(text) | st.just(text) | damaged


@settings(max_examples=1500, deadline=None)
@given(payloads())
@example(b'{"j":"9f3c1a22\\n","b":1,"n":5,"u":1577836800000,"h":1,"a":0,"s":1,"t":[[4,5]]}')
@example(b'{"j":"9f3c1a22","b":1,"n":5,"u":1577836800000,"h":1,"a":0,"s":1,"t":[[4,5,0]]}')
@example(b'{"j":"9f3c1a22","b":1,"n":5,"u":1577836800000,"h":1,"a":0,"s":1,"t":[[4,5,4]]}')
@example(b'{"j":"9f3c1a22","b":1,"n":5,"u":1577836800000,"h":1,"a":0,"s":1,"w":null,"t":[[4,5]]}')
@example(b'{"j":"9f3c1a22","b":1,"n":5,"u":1577836800000,"h":1,"a":0,"s":1,"w":7,"t":[[4,5,2]]}')
@example(b'{"j":"9f3c1a22","b":1,"n":5,"u":1577836800000,"h":1,"a":0,"s":1,"t":[[true,5]]}')
@example(b'{"j":"9f3c1a22","b":1,"b":1,"n":5,"u":1577836800000,"h":1,"a":0,"s":1,"t":[[4,5]]}')
def test_the_verdict_is_always_wires(payload):
    assert decode("taps", payload) == codec.decode("taps", payload)


@given(st.sampled_from(["taps", "state", "health", "want", "ack", "other"]), st.binary(max_size=80))
def test_arbitrary_bytes_have_wires_verdict_on_every_topic(leaf, payload):
    assert decode(leaf, payload) == codec.decode(leaf, payload)


def test_a_full_batch_in_canonical_form_is_read_as_wire_reads_it():
    for rows in ([(4, i * 9, 0) for i in range(64)], [(1 + i % 4, i, 2) for i in range(64)]):
        _, payload = taps(1, rows)
        assert decode("taps", payload) == codec.decode("taps", payload)
        assert decode("taps", payload).taps == tuple(rows)


def test_a_payload_that_was_cut_is_refused_by_its_whole_size():
    arrival = read(Delivery("hymio/1/lobby-1/taps", b" " * (MAX_MESSAGE + 1), False, 3 << 20))
    assert (arrival.message.reason, arrival.message.detail) == ("too_long", "3145728 bytes; at most 2048")
