"""Whatever arrives is read or refused, and what is read is what CPython's own json reads."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.wire.making import Chance, message
from wire import codec, messages, text
from wire.kinds import Text
from wire.rejected import REASONS, Rejected

INTERPRETERS = ("cpython",)

LEAVES = st.sampled_from(sorted(messages.MESSAGES))
NUMBERS = st.integers(min_value=-(10**15), max_value=10**15)
PLAIN = st.text(alphabet=[chr(c) for c in range(32, 127) if chr(c) not in '"\\'], max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | PLAIN,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(PLAIN, inner, max_size=5),
    max_leaves=20,
)


def is_verdict(leaf, verdict):
    if isinstance(verdict, Rejected):
        return (
            verdict.reason in REASONS
            and len(verdict.field) <= 32
            and Text(160).check(verdict.detail[:160], "error") is None
        )
    return isinstance(verdict, messages.MESSAGES[leaf][0])


@given(LEAVES, st.binary(max_size=2100))
def test_arbitrary_bytes_are_read_or_refused(leaf, payload):
    assert is_verdict(leaf, codec.decode(leaf, payload))


@given(LEAVES, st.text(alphabet='{}[]",:0123456789-.eEtruefalsn \n\\x', max_size=200))
def test_almost_json_is_read_or_refused(leaf, payload):
    assert is_verdict(leaf, codec.decode(leaf, payload.encode()))


@given(LEAVES, st.dictionaries(st.sampled_from("jbnurhaswtfxe") | PLAIN, VALUES, max_size=12))
def test_any_object_is_read_or_refused(leaf, found):
    assert is_verdict(leaf, codec.decode(leaf, json.dumps(found).encode()))


@given(LEAVES, st.integers(0, 10**6), st.data())
def test_a_good_message_with_a_piece_replaced_is_read_or_refused(leaf, seed, data):
    payload = codec.encode(leaf, message(leaf, Chance(seed)))
    start = data.draw(st.integers(0, len(payload)))
    end = data.draw(st.integers(start, len(payload)))
    changed = payload[:start] + data.draw(st.binary(max_size=20)) + payload[end:]
    assert is_verdict(leaf, codec.decode(leaf, changed))


@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_what_is_read_is_what_json_reads(payload):
    try:
        found = text.read(payload)
    except text.Malformed:
        return
    assert found == json.loads(payload)


@given(LEAVES, st.integers(0, 10**9))
def test_encode_and_decode_are_inverses(leaf, seed):
    made = message(leaf, Chance(seed))
    assert codec.decode(leaf, codec.encode(leaf, made)) == made
    assert json.loads(codec.encode(leaf, made))
