"""A question to the database is waited for so long, is asked once at a time, and is asked anew afterwards."""

import threading

import pytest

from collector.database.inquiry import Inquiry

SOON_S = 0.01
LONG_S = 10


def test_an_answer_is_given_as_it_is_and_asked_anew_each_time():
    answers = iter([1, 2])
    inquiry = Inquiry(lambda: next(answers))
    assert [inquiry.answer(LONG_S), inquiry.answer(LONG_S)] == [1, 2]


def test_what_the_question_raises_is_raised_to_whoever_asked():
    with pytest.raises(ZeroDivisionError):
        Inquiry(lambda: 1 // 0).answer(LONG_S)


def test_no_answer_is_a_timeout_and_the_question_is_put_once_until_it_has_its_answer():
    put, gate = [], threading.Event()

    def ask():
        put.append("question")
        gate.wait()
        return len(put)

    inquiry = Inquiry(ask)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            inquiry.answer(SOON_S)
    assert len(put) == 1
    gate.set()
    assert inquiry.answer(LONG_S) >= 1
    assert inquiry.answer(LONG_S) == len(put) == 2
