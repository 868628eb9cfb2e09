"""What counts, as rules on single taps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.verdict.policy import NOTHING_YET, PRESSES, Moment, Rules, State, Verdict, decide
from wire.messages import FLAG_TEST, FLAG_THINNED

RULES = Rules(version=1, interval_ms=5000, burst_taps=10, burst_pause_ms=10_000, grace_ms=1_800_000)
NO_BURSTS = RULES._replace(burst_taps=0)
LAST = Moment(boot=3, uptime_ms=100_000, utc_ms=1_790_000_000_000)


def judged(
    *, boot=3, after_ms=0, utc_after_ms=None, face=4, flags=0, placed=True, shut=False, rules=RULES, last=LAST, run=1
):
    """The verdict on one tap, so long after the last, and the state after it."""
    utc_ms = None if utc_after_ms is None else LAST.utc_ms + utc_after_ms
    state = State(last, last, run) if last else NOTHING_YET
    return decide(boot, LAST.uptime_ms + after_ms, utc_ms, face, flags, placed, shut, rules, state)


def verdicts(uptimes_ms, rules=RULES):
    """Of exact taps of one boot, as a word of letters: counted, interval, burst."""
    state, word = NOTHING_YET, ""
    for uptime_ms in uptimes_ms:
        verdict, state = decide(1, uptime_ms, None, 4, 0, True, False, rules, state)
        word += verdict.name[0].lower()
    return word


@pytest.mark.parametrize(
    ("after_ms", "verdict"), [(0, Verdict.INTERVAL), (4999, Verdict.INTERVAL), (5000, Verdict.COUNTED)]
)
def test_within_a_boot_the_uptime_decides(after_ms, verdict):
    assert judged(after_ms=after_ms)[0] == verdict
    assert judged(after_ms=after_ms, utc_after_ms=10**6)[0] == verdict


@pytest.mark.parametrize(
    ("utc_after_ms", "verdict"),
    [(4999, Verdict.INTERVAL), (5000, Verdict.COUNTED), (-1, Verdict.COUNTED), (None, Verdict.COUNTED)],
)
def test_across_boots_the_time_decides_where_it_is_known(utc_after_ms, verdict):
    assert judged(boot=4, utc_after_ms=utc_after_ms)[0] == verdict


def test_a_thinned_tap_is_exempt_from_interval_and_burst_and_changes_nothing_for_later_ones():
    verdict, state = judged(flags=FLAG_THINNED, run=10)
    assert verdict == Verdict.COUNTED
    assert state == State(LAST, LAST, 10)


def test_the_first_reason_that_applies_is_the_one():
    everything = {"flags": FLAG_TEST, "placed": False, "shut": True}
    assert judged(face=0, **everything)[0] == Verdict.UNREADABLE
    assert judged(**everything)[0] == Verdict.TEST
    assert judged(placed=False, shut=True)[0] == Verdict.UNPLACED
    assert judged(shut=True)[0] == Verdict.CLOSED
    assert judged(run=10)[0] == Verdict.INTERVAL
    assert judged(run=10, after_ms=6000)[0] == Verdict.BURST
    assert judged(last=None)[0] == Verdict.COUNTED


def test_what_is_not_pressed_by_a_visitor_changes_nothing_for_later_taps():
    for tap in ({"face": 0}, {"flags": FLAG_TEST}, {"placed": False}, {"shut": True}):
        assert judged(**tap)[1] == State(LAST, LAST, 1)


def test_of_a_run_ten_are_counted_and_the_rest_is_a_burst_until_a_pause():
    run = [6000 * n for n in range(14)]
    pause = run[-1] + 10_000
    assert verdicts([*run, pause, pause + 6000]) == "c" * 10 + "b" * 4 + "cc"


def test_a_burst_leaves_nothing_of_how_its_run_began():
    verdict, state = judged(after_ms=6000, run=10)
    assert (verdict, state) == (Verdict.BURST, State(None, Moment(3, LAST.uptime_ms + 6000, None), 10))
    assert judged(after_ms=6000, run=17)[1] == state


def test_presses_of_a_run_that_come_too_soon_keep_it_going_and_are_not_of_the_ten():
    assert verdicts([2000 * n for n in range(36)]) == "cii" * 10 + "b" * 6


def test_visitors_who_leave_one_after_the_other_are_all_counted():
    assert verdicts([10_000 * n for n in range(200)]) == "c" * 200


def test_a_run_ends_where_two_presses_cannot_be_compared():
    assert judged(boot=4, utc_after_ms=None, run=10)[0] == Verdict.COUNTED
    assert judged(boot=4, utc_after_ms=6000, run=10)[0] == Verdict.BURST


def test_where_runs_are_not_looked_at_nothing_of_them_is_kept():
    assert judged(rules=NO_BURSTS, after_ms=6000, run=10)[0] == Verdict.COUNTED
    assert judged(rules=NO_BURSTS, run=10) == (Verdict.INTERVAL, State(LAST, None, 0))
    assert verdicts([6000 * n for n in range(50)], NO_BURSTS) == "c" * 50


rules = st.builds(
    Rules,
    version=st.just(1),
    interval_ms=st.sampled_from((0, 1000, 5000)),
    burst_taps=st.integers(0, 4),
    burst_pause_ms=st.sampled_from((2000, 10_000)),
    grace_ms=st.none(),
)
gaps = st.sampled_from((0, 400, 999, 1000, 4999, 5000, 9999, 10_000, 60_000))
presses = st.lists(st.tuples(gaps, st.sampled_from((0, 0, 0, 1, 2, 3)), st.booleans()), max_size=40)


@given(rules, presses)
def test_counted_taps_keep_their_distance_and_no_run_has_more_than_its_share(rules, presses):
    state, now_ms, counted_ms, exact = NOTHING_YET, 0, None, []
    for gap_ms, flags, shut in presses:
        now_ms += gap_ms
        verdict, state = decide(1, now_ms, None, 4, flags, True, shut, rules, state)
        if verdict in PRESSES and not flags & FLAG_THINNED:
            exact.append((now_ms, verdict))
            if verdict == Verdict.COUNTED:
                assert counted_ms is None or now_ms - counted_ms >= rules.interval_ms
                counted_ms = now_ms
    for run in runs(exact, rules.burst_pause_ms):
        counted = sum(verdict == Verdict.COUNTED for verdict in run)
        bursts = [n for n, verdict in enumerate(run) if verdict == Verdict.BURST]
        assert not rules.burst_taps or counted <= rules.burst_taps
        assert not bursts or counted == rules.burst_taps > 0
        assert not bursts or Verdict.COUNTED not in run[bursts[0] :]


def runs(exact, pause_ms):
    """The verdicts of each run."""
    found, before_ms = [], None
    for at_ms, verdict in exact:
        if before_ms is None or at_ms - before_ms >= pause_ms:
            found.append([])
        found[-1].append(verdict)
        before_ms = at_ms
    return found


@given(rules, presses, st.integers(0, 40))
def test_a_verdict_rests_on_the_state_alone(rules, presses, cut):
    """So whoever goes on from a stored state reaches the same verdicts."""

    def go_through(state, part, now_ms):
        word = []
        for gap_ms, flags, shut in part:
            now_ms += gap_ms
            verdict, state = decide(1, now_ms, None, 4, flags, True, shut, rules, State(*state))
            word.append(verdict)
        return word, tuple(state), now_ms

    whole, *_ = go_through(NOTHING_YET, presses, 0)
    first, state, now_ms = go_through(NOTHING_YET, presses[:cut], 0)
    assert whole == first + go_through(state, presses[cut:], now_ms)[0]
