"""Silence is counted in looks at somebody we listen to."""

from collector.connection.silence import LOOK_S, Silence


def test_it_grows_from_look_to_look_while_nothing_is_heard():
    silence = Silence()
    silence.listens()
    silence.look()
    assert [silence.look() for _ in range(3)] == [2 * LOOK_S, 3 * LOOK_S, 4 * LOOK_S]


def test_a_word_ends_it():
    silence = Silence()
    silence.listens()
    for _ in range(5):
        silence.look()
    silence.heard()
    silence.listens()
    assert silence.look() == 0
    assert silence.look() == LOOK_S


def test_while_we_do_not_listen_there_is_none():
    silence = Silence()
    silence.listens()
    silence.look()
    silence.heard()
    assert [silence.look() for _ in range(5)] == [0] * 5
