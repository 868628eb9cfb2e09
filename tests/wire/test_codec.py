import os

from tests.wire.making import Chance, build, by_name, message, spell
from wire import codec, messages
from wire.kinds import Base64, Choice, Flag, Hex, Maybe, Row, Rows, Text, Whole
from wire.rejected import Rejected

TIMES = 1000 if os.getenv("SOAK") else 40  # messages of each topic, each from a seed of its own
UTC = messages.MAX_UTC_MS
UPTIME = messages.MAX_UPTIME_MS
SEQ = messages.MAX_SEQ


def test_what_was_encoded_decodes_to_the_same_message():
    for leaf in messages.MESSAGES:
        for seed in range(TIMES):
            made = message(leaf, Chance(seed))
            assert codec.decode(leaf, codec.encode(leaf, made)) == made, (leaf, seed)


def test_equal_messages_have_equal_bytes():
    for leaf in messages.MESSAGES:
        for seed in range(TIMES):
            payload = codec.encode(leaf, message(leaf, Chance(seed)))
            assert codec.encode(leaf, codec.decode(leaf, payload)) == payload, (leaf, seed)


def test_no_message_that_is_right_is_too_long():
    taps = tuple([(4, UPTIME, 3)] * messages.MAX_TAPS)
    first = SEQ - messages.MAX_TAPS + 1
    largest = {
        "taps": messages.Taps("f" * 8, SEQ, UPTIME, None, (UTC, UTC), first, SEQ, first, messages.MAX_WIDTH_MS, taps),
        "state": messages.State(
            True, SEQ, "v" * 24, "b" * 24, "f" * 8, SEQ, UPTIME, SEQ, SEQ, SEQ, SEQ, ((SEQ, UPTIME, UPTIME, UTC),) * 16
        ),
        "update": messages.Update("v" * 24, "f" * 64, 1048576 - 1026, 1048576, "A" * 1368),
    }
    for leaf, made in largest.items():
        payload = codec.encode(leaf, made)
        assert len(payload) <= messages.MAX_MESSAGE
        assert codec.decode(leaf, payload) == made


def wrong_values(kind):
    """Values of another type and just outside the range of ``kind``."""
    if isinstance(kind, Maybe):
        return wrong_values(kind.kind)
    if isinstance(kind, Whole):
        return [kind.low - 1, kind.high + 1, "1", True, ()]
    if isinstance(kind, Flag):
        return [0, 1, "true"]
    if isinstance(kind, Text):
        return ["", "x" * (kind.most + 1), 7, "tab\t"]
    if isinstance(kind, Hex):
        return ["f" * (kind.digits - 1), "f" * (kind.digits + 1), "F" * kind.digits, 7]
    if isinstance(kind, Choice):
        return ["", "elsewhere", 0]
    if isinstance(kind, Base64):
        return ["A", "A===", "A" * (kind.most + 4), "A-AA", 0]
    if isinstance(kind, Row):
        return [(), (1,) * (len(kind.kinds) + 1), 7]
    assert isinstance(kind, Rows)
    return [((),) * (kind.most + 1), 7, "list"]


def test_encode_refuses_what_decode_refuses():
    for leaf in messages.MESSAGES:
        for field in messages.MESSAGES[leaf][1]:
            for wrong in wrong_values(field.kind):
                values = by_name(leaf, message(leaf, Chance(1)))
                values[field.name] = wrong
                made = build(leaf, values)
                assert refused_by_encode(leaf, made), (leaf, field.key, wrong)
                assert isinstance(codec.decode(leaf, spell(leaf, made)), Rejected), (leaf, field.key, wrong)


def test_a_required_field_that_is_absent_is_refused_by_both():
    for leaf in messages.MESSAGES:
        for field in messages.MESSAGES[leaf][1]:
            if field.required and not isinstance(field.kind, Maybe):
                values = by_name(leaf, message(leaf, Chance(2)))
                values[field.name] = None
                assert refused_by_encode(leaf, build(leaf, values)), (leaf, field.key)


def refused_by_encode(leaf, made):
    try:
        codec.encode(leaf, made)
    except ValueError:
        return True
    return False


def test_a_message_made_wrong_at_one_byte_is_read_or_refused_and_never_raises():
    for leaf in messages.MESSAGES:
        chance = Chance(3)
        payload = bytearray(codec.encode(leaf, message(leaf, chance)))
        for _ in range(TIMES):
            at = chance.below(len(payload))
            kept = payload[at]
            payload[at] = chance.below(256)
            verdict = codec.decode(leaf, bytes(payload))
            payload[at] = kept
            assert isinstance(verdict, (Rejected, messages.MESSAGES[leaf][0]))


def test_a_will_is_a_state_without_anything_of_a_birth():
    assert codec.encode("state", messages.will(31)) == b'{"online":false,"session":31}'
