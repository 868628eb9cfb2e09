"""Every sentence in every language."""

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dashboard.rendering import HERE
from dashboard.words import LANGUAGES, Words, choose
from tests.dashboard.places import utc_ms

PLACEHOLDER = re.compile(r"%\(\w+\)s")


def catalogue(language: str):
    path: Path = HERE / "locale" / language / "LC_MESSAGES" / "dashboard.po"
    with path.open("rb") as file:
        return read_po(file, language)


def said_in_templates() -> set:
    found = extract_from_dir(str(HERE / "templates"), [("**.html", "jinja2")], {"**.html": {}})
    return {message if isinstance(message, str) else tuple(message[:2]) for _, _, message, _, _ in found}


def forms(text) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.fixture(params=LANGUAGES)
def language(request) -> str:
    return request.param


def test_every_sentence_of_the_pages_is_translated_and_none_is_left_over(language):
    translated = {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in catalogue(language) if m.id}
    assert translated == said_in_templates()


def test_no_translation_is_empty_or_fuzzy(language):
    for message in catalogue(language):
        if message.id:
            assert not message.fuzzy, message.id
            assert all(text.strip() for text in forms(message.string)), message.id


def test_placeholders_agree(language):
    for message in catalogue(language):
        if message.id:
            wanted = set(PLACEHOLDER.findall(forms(message.id)[-1]))
            assert all(set(PLACEHOLDER.findall(text)) == wanted for text in forms(message.string)), message.id


def test_no_finnish_or_swedish_sentence_was_left_in_english():
    same = {"Index", "Period", "Kiosk"}  # these are Swedish too
    for language in ("fi", "sv"):
        for message in catalogue(language):
            if message.id and message.id not in same:
                assert message.string != message.id, message.id


@pytest.mark.parametrize(
    ("language", "number", "day", "clock"),
    [
        ("fi", "1\N{NO-BREAK SPACE}234,5", "ke 18.3.", "ke 18.3. 12.07"),
        ("sv", "1\N{NO-BREAK SPACE}234,5", "ons 18.3", "ons 18.3 kl. 12.07"),
        ("en", "1,234.5", "Wed 18 Mar", "Wed 18 Mar 12:07"),
    ],
)
def test_numbers_and_days_are_written_as_the_language_writes_them(language, number, day, clock):
    words = Words(language)
    assert words.number(1234.5, 1) == number
    assert words.day(date(2026, 3, 18)) == day
    assert words.clock(utc_ms(2026, 3, 18, 10, 7), "Europe/Helsinki") == clock


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "chosen"),
    [
        ("sv", "en", "fi", "sv"),
        ("xx", "en", "fi", "en"),
        (None, None, "sv-FI,sv;q=0.9,fi;q=0.8", "sv"),
        (None, None, "de,en;q=0.3,fi;q=0.7", "fi"),
        (None, None, "en;q=0,de", "fi"),
        (None, None, "en;q=broken", "fi"),
        (None, None, "", "fi"),
    ],
)
def test_the_language_is_the_asked_the_remembered_the_browsers_or_finnish(asked, remembered, accepted, chosen):
    assert choose(asked, remembered, accepted) == chosen
