from tests.wire.examples import load, payload_of, verdict_on
from wire import codec, messages, topic
from wire.kinds import Text
from wire.rejected import REASONS, Rejected

EXAMPLES = load()


def test_every_good_example_is_read():
    for example in EXAMPLES["good"]:
        verdict = verdict_on(example["topic"], payload_of(example))
        assert not isinstance(verdict, Rejected), (example["name"], verdict)


def test_every_good_example_is_written_back_in_its_canonical_form():
    for example in EXAMPLES["good"]:
        leaf = topic.parse(example["topic"])[1]
        written = codec.encode(leaf, codec.decode(leaf, payload_of(example)))
        assert written.decode() == example.get("canonical", example["payload"]), example["name"]


def test_every_bad_example_is_refused_for_its_reason_and_in_its_field():
    for example in EXAMPLES["bad"]:
        verdict = verdict_on(example["topic"], payload_of(example))
        assert isinstance(verdict, Rejected), example["name"]
        assert (verdict.reason, verdict.field) == (example["reason"], example["field"]), (example["name"], verdict)


def test_every_refusal_says_why_in_words_that_fit_into_an_ack():
    for example in EXAMPLES["bad"]:
        detail = verdict_on(example["topic"], payload_of(example)).detail
        assert Text(160).check(detail, "error") is None, (example["name"], detail)


def test_the_examples_cover_every_topic():
    good = {topic.parse(example["topic"])[1] for example in EXAMPLES["good"]}
    bad = {example["topic"].split("/")[-1] for example in EXAMPLES["bad"]}
    assert good == set(messages.MESSAGES)
    assert bad >= set(messages.MESSAGES)


def test_the_examples_cover_every_reason_and_are_many():
    assert {example["reason"] for example in EXAMPLES["bad"]} == set(REASONS)
    assert len(EXAMPLES["good"]) >= 20 and len(EXAMPLES["bad"]) >= 40


def test_no_two_examples_have_one_name():
    names = [example["name"] for half in ("good", "bad") for example in EXAMPLES[half]]
    assert len(names) == len(set(names))
