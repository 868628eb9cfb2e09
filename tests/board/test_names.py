"""The question to a name server and what its answer says."""

import pytest
from board import names

ASKED = names.question("broker.example", b"\x12\x34")
A = b"\x00\x01\x00\x01\x00\x00\x00\x3c"  # type, class, time to live


def answer(*records, number=b"\x12\x34", flags=b"\x81\x80"):
    return number + flags + b"\x00\x01" + bytes([0, len(records)]) + bytes(4) + ASKED[12:] + b"".join(records)


def test_a_question_asks_for_one_address_of_a_name():
    assert ASKED[:12] == b"\x12\x34\x01\x00\x00\x01" + bytes(6)
    assert ASKED[12:] == b"\x06broker\x07example\x00\x00\x01\x00\x01"


@pytest.mark.parametrize("host", ["", "a..b", "x" * 64])
def test_what_is_no_name_is_not_asked_for(host):
    with pytest.raises(ValueError):
        names.question(host, b"\0\0")


def test_the_first_address_is_taken_also_behind_an_alias():
    alias = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01b\xc0\x13"
    address = b"\x01b\xc0\x13" + A + b"\x00\x04" + bytes([192, 0, 2, 10])
    assert names.answer(answer(address), ASKED) == "192.0.2.10"
    assert names.answer(answer(alias, address), ASKED) == "192.0.2.10"


def test_a_name_that_nobody_knows_has_no_address():
    assert names.answer(answer(flags=b"\x81\x83"), ASKED) == ""


def test_an_answer_to_something_else_is_none():
    address = b"\xc0\x0c" + A + b"\x00\x04" + bytes([192, 0, 2, 10])
    assert names.answer(answer(address, number=b"\x12\x35"), ASKED) is None
    assert names.answer(answer(address).replace(b"broker", b"brother"[:6]), ASKED) is None
    assert names.answer(ASKED, ASKED) is None


def test_an_answer_cut_anywhere_does_no_harm():
    whole = answer(b"\xc0\x0c" + A + b"\x00\x04" + bytes([192, 0, 2, 10]))
    for n in range(len(whole)):
        assert names.answer(whole[:n], ASKED) in (None, "")


def test_only_four_small_numbers_are_an_address():
    assert names.is_address("192.0.2.10")
    assert not any(map(names.is_address, ("192.0.2", "192.0.2.256", "broker.example", "1.2.3.x")))
