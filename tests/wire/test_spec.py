"""SPEC.md and the code say the same: fields and what each must be, topics, limits, reasons, examples."""

import re
from pathlib import Path

import pytest

from wire import codec, kinds, messages, text, topic
from wire.rejected import REASONS, Rejected

INTERPRETERS = ("cpython",)

SPEC = Path("wire/SPEC.md").read_text(encoding="utf-8")


def section(title):
    """The text under the heading ``title`` of level two."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", SPEC, re.M | re.S)
    assert found, f"SPEC.md has no section {title}"
    return found[1]


def table(title):
    """The rows of the first table of a section, as lists of cells without backticks."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return rows[2:]


def places(kind, key, required):
    """``(key, must be, required)`` of a field and, by path, of what is inside it."""
    yield key, kind.wanted, required
    inner = kind.kind if isinstance(kind, kinds.Maybe) else kind
    if isinstance(inner, kinds.Rows):
        yield from places(inner.kind, key + "[]", True)
    if isinstance(inner, kinds.Row):
        for i, place in enumerate(inner.kinds):
            yield from places(place, f"{key}[{i}]", i < inner.least)


@pytest.mark.parametrize("leaf", sorted(messages.MESSAGES))
def test_the_table_of_a_topic_is_the_table_of_the_code(leaf):
    written = [(key, must_be, required == "yes") for key, must_be, _, required, _ in table(f"`{leaf}`")]
    coded = [row for f in messages.MESSAGES[leaf][1] for row in places(f.kind, f.key, f.required)]
    assert written == coded


@pytest.mark.parametrize("leaf", sorted(messages.MESSAGES))
def test_every_field_has_a_meaning(leaf):
    assert all(meaning for *_, meaning in table(f"`{leaf}`"))


@pytest.mark.parametrize("leaf", sorted(messages.MESSAGES))
def test_the_examples_on_the_page_are_read_and_canonical(leaf):
    examples = re.findall(r"^    (\{.*\})$", section(f"`{leaf}`"), re.M)
    assert examples
    for example in examples:
        read = codec.decode(leaf, example.encode())
        assert not isinstance(read, Rejected), (example, read)
        assert codec.encode(leaf, read).decode() == example


def test_the_topics_go_the_way_the_page_says():
    written = {leaf: (way, int(qos), retained == "yes") for leaf, way, qos, retained, _ in table("Topics")}
    coded = {leaf: ("from the kiosk", *how) for leaf, how in topic.FROM_KIOSK.items()}
    coded.update({leaf: ("to the kiosk", *how) for leaf, how in topic.TO_KIOSK.items()})
    assert written == coded


def test_the_limits_are_those_of_the_code():
    for name, value, _ in table("Limits"):
        assert int(value) == getattr(messages, name, None) or int(value) == getattr(text, name, None), name
    named = {name for name, _, _ in table("Limits")}
    assert named == {name for module in (messages, text) for name in vars(module) if re.match("MAX_|MIN_", name)}


def test_the_reasons_are_those_of_the_code_in_their_order():
    assert tuple(reason for reason, _ in table("Refusals")) == REASONS


def test_every_command_names_its_arguments():
    for action in messages.ACTIONS:
        assert f"`{action}`" in section("`command`")
