"""Which boots there were, and between which times."""

from kiosk.backlog import Block
from kiosk.boots import MOST, SPANS, Boots
from kiosk.record import Alive, Anchor, Boot, Tap

from tests.kiosk.desk import NOW_UTC_MS

HOUR_MS = 3600000


def survey(boots, records, acked):
    for _ in boots.survey(records, acked):
        raise AssertionError("a pause that nobody asked for")


def surveyed(running, *records):
    boots = Boots(running)
    survey(boots, records, 0)
    return boots


def test_an_anchor_dates_a_boots_taps_before_and_after_it():
    boots = surveyed(2, (1, Boot(1, 0, 1)), (1, Anchor(5000, NOW_UTC_MS, 1)), (1, Tap(1, 4, 0, 9000, 0)))
    assert boots.of(1).utc_at(1000) == NOW_UTC_MS - 4000
    assert boots.of(1).utc_at(9000) == NOW_UTC_MS + 4000
    assert boots.of(2).utc_at(0) is None and boots.of(3) is None


def test_a_boot_without_the_time_lies_between_the_last_and_the_next_that_had_it():
    boots = surveyed(
        6,
        (1, Anchor(0, NOW_UTC_MS, 1)),
        (1, Alive(HOUR_MS)),
        (2, Anchor(0, NOW_UTC_MS + 2 * HOUR_MS, 1)),
        (2, Tap(1, 1, 0, 500, 0)),
        (3, Tap(2, 1, 0, 600, 0)),
        (4, Tap(3, 1, 0, 700, 0)),
        (5, Anchor(1000, NOW_UTC_MS + 9 * HOUR_MS, 1)),
    )
    for boot in (3, 4):
        assert boots.bounds(boot) == (NOW_UTC_MS + 2 * HOUR_MS + 500, NOW_UTC_MS + 9 * HOUR_MS - 1000)


def test_bounds_are_open_where_nobody_knew_the_time():
    assert surveyed(3, (1, Alive(5)), (2, Alive(5))).bounds(2) == (None, None)
    assert surveyed(3, (1, Anchor(0, NOW_UTC_MS, 1)), (2, Alive(5))).bounds(2) == (NOW_UTC_MS, None)
    assert surveyed(3, (1, Alive(5)), (2, Anchor(0, NOW_UTC_MS, 1))).bounds(1) == (None, NOW_UTC_MS)


def test_bounds_are_in_order_though_a_clock_was_set_back():
    boots = surveyed(9, (1, Anchor(0, NOW_UTC_MS, 1)), (2, Alive(5)), (3, Anchor(0, NOW_UTC_MS - HOUR_MS, 1)))
    after, before = boots.bounds(2)
    assert after <= before


def test_spans_are_the_newest_that_fit_a_birth_and_begin_where_a_collector_last_heard():
    records = [(boot, Alive(1000 * boot)) for boot in range(1, 30)]
    boots = surveyed(30, *records)
    boots.running.reached(70)
    spans = boots.spans()
    assert len(spans) == SPANS and spans[0][0] == 15 and spans[-1] == (30, 0, 70, None)
    boots.running.anchored(50, NOW_UTC_MS)
    boots.running.reached(90)
    assert boots.spans()[-1] == (30, 50, 90, NOW_UTC_MS)


def test_no_span_of_a_birth_ends_before_it_begins_though_an_anchor_was_the_last_that_a_boot_wrote():
    boots = surveyed(3, (1, Anchor(5000, NOW_UTC_MS, 1)), (2, Alive(7000)), (2, Anchor(6000, NOW_UTC_MS, 1)))
    boots.running.anchored(8000, NOW_UTC_MS)
    assert boots.spans() == ((1, 5000, 5000, NOW_UTC_MS), (2, 6000, 7000, NOW_UTC_MS), (3, 8000, 8000, NOW_UTC_MS))


def test_a_boot_was_up_until_the_end_of_its_last_thinned_taps():
    block = Block(1, 4, 5000, 900, bytes(8))
    boots = surveyed(4, (1, Anchor(0, NOW_UTC_MS, 1)), (1, block), (2, block), (3, Anchor(0, NOW_UTC_MS + 9000, 1)))
    assert boots.spans()[:2] == ((1, 0, 5900, NOW_UTC_MS), (2, 0, 5900, None))
    assert boots.bounds(2) == (NOW_UTC_MS + 5900, NOW_UTC_MS + 9000)


def test_of_too_many_boots_memory_holds_the_oldest_with_unacked_taps_and_the_running_one():
    records = [(1, Anchor(0, NOW_UTC_MS, 1))] + [(boot, Tap(boot, 1, 0, 9, 0)) for boot in range(2, 400)]
    boots = Boots(500)
    survey(boots, records, 150)
    assert [c.boot for c in boots.chapters] == [1] + list(range(57, 152)) + [500]
    assert len(boots.chapters) == MOST + 1 and boots.bounds(151) == (NOW_UTC_MS, None)


def test_what_is_forgotten_leaves_the_last_boot_that_knew_the_time():
    boots = surveyed(
        5, (1, Anchor(0, NOW_UTC_MS, 1)), (2, Anchor(0, NOW_UTC_MS + HOUR_MS, 1)), (3, Alive(7)), (4, Alive(7))
    )
    before = boots.bounds(4)
    boots.forget_before(4)
    assert boots.bounds(4) == before
    assert [c.boot for c in boots.chapters][-2:] == [4, 5] and boots.of(1) is None


def test_what_is_forgotten_leaves_the_lower_bound_though_the_running_boot_knows_the_time():
    boots = surveyed(4, (1, Anchor(0, NOW_UTC_MS, 1)), (2, Alive(7)), (3, Alive(7)))
    boots.running.anchored(100, NOW_UTC_MS + HOUR_MS)
    before = boots.bounds(3)
    assert before == (NOW_UTC_MS, NOW_UTC_MS + HOUR_MS - 100)
    boots.forget_before(3)
    assert boots.bounds(3) == before


def test_a_survey_again_keeps_what_the_running_boot_knows():
    boots = surveyed(2, (1, Alive(7)))
    boots.running.anchored(50, NOW_UTC_MS)
    survey(boots, [(1, Alive(9)), (2, Tap(1, 1, 0, 5, 0))], 0)
    assert boots.running.anchor == (50, NOW_UTC_MS) and boots.of(1).last_ms == 9
