from wire import messages, topic
from wire.rejected import Rejected


def test_a_topic_and_its_parts_are_inverses():
    for leaf in messages.MESSAGES:
        assert topic.parse(topic.of("lobby-1", leaf)) == ("lobby-1", leaf)


def test_every_message_has_a_topic_and_one_direction():
    assert set(topic.FROM_KIOSK) | set(topic.TO_KIOSK) == set(messages.MESSAGES)
    assert not set(topic.FROM_KIOSK) & set(topic.TO_KIOSK)


def test_only_the_birth_is_retained():
    assert [leaf for leaf, (_, retained) in topic.FROM_KIOSK.items() if retained] == ["state"]
    assert not [leaf for leaf, (_, retained) in topic.TO_KIOSK.items() if retained]


def test_a_kiosk_name_is_safe_in_a_topic_and_in_a_file():
    for name in ("a", "0", "lobby-1", "x" * 32):
        assert topic.is_kiosk_name(name), name
    for name in ("", "-", "a-", "-a", "A", "a b", "a/b", "+", "#", "a.b", "\u00e4", "x" * 33):
        assert not topic.is_kiosk_name(name), name


def test_a_topic_that_is_not_ours_is_refused_by_reason():
    names = ("", "hymio", "hymio/1/lobby-1", "hymio/1/+/taps", "hymio/1/lobby-1/#")
    for name in names + ("hymio/1/lobby-1/taps/", "/hymio/1/lobby-1/taps"):
        verdict = topic.parse(name)
        assert isinstance(verdict, Rejected) and verdict.reason == "unknown_topic", name
