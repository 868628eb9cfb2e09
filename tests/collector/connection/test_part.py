"""Who cannot store leaves its part to the others, and who is well takes it again."""

from collector.connection.part import CALM_S, HANGS_S, REFUSED_S, Part


def last(part, looks):
    """A look a second: for how long nothing was stored, and whether it was refused; since when by the last look."""
    return [part.look(now_s, waits_s, refused) for now_s, waits_s, refused in looks]


def lame(part, now_s):
    assert not part.look(now_s, REFUSED_S, True)


def came_back_s(part, now_s):
    """After how many seconds of a database that is well."""
    return next(s for s in range(1000) if part.look(now_s + s, 0.0, False))


def test_a_hiccup_and_a_long_transaction_change_nothing():
    assert all(last(Part(), [(0, 0, False), (1, 0.9, True), (2, REFUSED_S - 0.1, True), (3, HANGS_S - 0.1, False)]))


def test_who_is_refused_for_a_while_or_hangs_leaves_and_stays_away_as_long_as_it_lasts():
    for waits_s, refused in ((REFUSED_S, True), (HANGS_S, False)):
        part = Part()
        assert not any(last(part, [(s, waits_s + s, refused) for s in range(600)]))
        assert part.look(601, 0.0, False) and part.taken


def test_one_whose_database_comes_and_goes_stays_away_for_longer_each_time():
    part, now_s, away_s = Part(), 0.0, []
    for _ in range(8):
        lame(part, now_s)
        away_s.append(came_back_s(part, now_s + 1))
        now_s += 1 + away_s[-1] + CALM_S - 1
    assert away_s == [0, 2, 4, 8, 16, 32, 60, 60]
    lame(part, now_s + CALM_S)
    assert came_back_s(part, now_s + CALM_S) == 0


def test_a_failure_while_it_stays_away_begins_the_rest_anew():
    part = Part()
    lame(part, 0)
    assert part.look(1, 0, False)
    lame(part, 3)
    looks = [(4, False), (5, False), (5.5, True), (6, False), (7, False), (8, False)]
    taken = last(part, [(now_s, 0.1, refused) for now_s, refused in looks])
    assert taken == [False, False, False, False, False, True]
