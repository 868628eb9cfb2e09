"""Kiosks by turns: who waits for whom, worked out without a clock, a broker or a database."""

import pytest

from collector.connection.turns import ENVELOPE_BYTES, LINE_BYTES, MOST_OF_ONE, OVERHEAD_BYTES, SLOW_LINE_BYTES, Turns
from collector.intake.delivery import Delivery
from collector.kiosks.flood import BURST, READY, TELL_EVERY_S, Budget, Floods

MOST, MOST_BYTES = 4000, 1 << 19


def said(kiosk, count, size=10, whole=0, first=1):
    return [Delivery(f"hymio/1/{kiosk}/taps", bytes(size), False, whole, first + n) for n in range(count)]


def taken(turns, now_s=0.0, most=MOST, most_bytes=MOST_BYTES):
    """How many of each kiosk a transaction takes, in the order in which they are taken."""
    frames, _ = turns.take(now_s, most, most_bytes)
    return [(some[0].topic.split("/")[2], len(some)) for _, some in frames]


def test_a_transaction_takes_a_little_of_each_and_one_kiosks_thousands_hold_nobody_up():
    turns = Turns(Budget())
    turns.put((1, said("loud", 900)))
    turns.put((1, said("a", 1) + said("b", 2) + said("c", 1)))
    assert taken(turns) == [("loud", MOST_OF_ONE), ("a", 1), ("b", 2), ("c", 1)]
    assert taken(turns) == [("loud", MOST_OF_ONE)]
    assert turns.count == 900 - 2 * MOST_OF_ONE


def test_who_was_not_reached_is_first_in_the_next_transaction():
    turns = Turns(Budget())
    turns.put((1, [*said("a", 3), *said("b", 3), *said("c", 3)]))
    turns.put((1, said("a", MOST_OF_ONE, first=10)))
    assert taken(turns, most=2) == [("a", MOST_OF_ONE)]
    assert taken(turns, most=4) == [("b", 3), ("c", 3)]
    assert taken(turns) == [("a", 3)]
    assert turns.count == turns.weight == 0 and turns.wait_s(0.0) is None


def test_what_a_kiosk_says_stays_in_its_order():
    turns = Turns(Budget())
    turns.put((1, said("a", 250) + said("b", 1)))
    order = []
    while turns.count:
        order += [d.packet_id for _, some in turns.take(0.0, MOST, MOST_BYTES)[0] for d in some if "/a/" in d.topic]
    assert order == list(range(1, 251))


def test_a_kiosk_that_spent_its_budget_gets_its_rate_and_no_more():
    turns = Turns(Budget(per_s=100.0, burst=1000.0))
    count, now_s = 0, 0.0
    while now_s < 20:
        turns.put((1, said("loud", max(0, 110 - turns.count))))
        count += sum(number for _, number in taken(turns, now_s))
        now_s += 0.01
    assert 1000 + 20 * 100 * 0.9 < count < 1000 + 20 * 100 * 1.01


def test_a_slowed_kiosk_has_its_turn_when_it_was_told_to_and_others_meanwhile():
    turns = Turns(Budget(per_s=100.0, burst=50.0))
    turns.put((1, said("loud", 120)))
    assert taken(turns) == [("loud", 50)]
    wait_s = turns.wait_s(0.0)
    assert 0 < wait_s < 2 * READY / 100
    turns.put((1, said("a", 1)))
    assert turns.wait_s(0.0) == 0
    assert taken(turns, wait_s / 2) == [("a", 1)]
    ((kiosk, count),) = taken(turns, wait_s)
    assert kiosk == "loud" and 1 <= count <= READY


def test_its_places_in_the_brokers_window_are_given_back_at_once():
    turns = Turns(Budget(burst=50.0))
    assert turns.put((1, said("loud", 60))) == []
    _, given_back = turns.take(0.0, MOST, MOST_BYTES)
    assert given_back == list(range(51, 61))
    assert turns.put((1, said("loud", 2, first=61) + said("a", 1, first=63))) == [61, 62]
    frames, _ = turns.take(10.0, MOST, MOST_BYTES)
    assert [d.packet_id for _, some in frames for d in some if d.packet_id] == [63]


def test_what_goes_beyond_a_line_is_not_taken_and_counted():
    turns = Turns(Budget(burst=1.0))
    turns.put((1, said("loud", 1000)))
    taken(turns)
    before = turns.count
    turns.put((1, said("loud", 5, first=2000)))
    assert turns.count == before  # the line of a kiosk that floods is short
    flood = next(flood for flood in turns.floods.due(0.0) if flood.kiosk == "loud")
    assert flood.not_taken == 5 and flood.slowed >= 5
    assert turns.weight <= max(LINE_BYTES, SLOW_LINE_BYTES) + 1000 * (OVERHEAD_BYTES + 10)


def test_one_line_cannot_take_the_room_of_all():
    turns = Turns(Budget())
    for first in range(0, 20_000, 500):
        turns.put((1, said("loud", 500, first=first + 1)))
    assert turns.weight < LINE_BYTES + 1000
    turns.put((1, said("a", 1)))
    assert ("a", 1) in taken(turns)


@pytest.mark.parametrize(("beside", "count"), [(0, MOST), (50, 10)])
def test_a_transaction_takes_fewer_messages_where_each_holds_many_taps(beside, count):
    turns = Turns(Budget())
    for n in range(MOST):
        turns.put((1, said(str(n), 1, size=ENVELOPE_BYTES + beside)))
    assert len(taken(turns, most_bytes=10 * 50)) == count


def test_a_giant_costs_as_much_as_many_messages():
    turns = Turns(Budget())
    turns.put((1, said("loud", 3, size=2049, whole=3 << 20) + said("a", 3)))
    assert ("a", 3) in taken(turns)
    assert turns.wait_s(0.0) is None and len(turns.floods) == 1


def test_another_connections_packets_have_no_puback():
    turns = Turns(Budget())
    turns.put((1, said("a", 2)))
    turns.put((2, said("a", 1, first=1)))
    turns.put((0, [Delivery("hymio/1/a/want", b"")]))
    ((connection, some),), _ = turns.take(0.0, MOST, MOST_BYTES)
    assert connection == 2 and [d.packet_id for d in some] == [0, 0, 1, 0]


@pytest.mark.parametrize("topic", ["", "a", "a/b", "hymio/1/", "\0/\0/\0"])
def test_a_topic_without_a_name_has_a_line_too(topic):
    turns = Turns(Budget())
    turns.put((1, [Delivery(topic, b"x")]))
    assert turns.take(0.0, MOST, MOST_BYTES)[0][0][1][0].topic == topic


def test_budgets_are_forgotten_when_they_are_whole_again():
    budget = Budget()
    for n in range(30_000):
        budget.spend(f"k{n}", BURST - 1, n / 1000)
    assert len(budget) <= 20_000
    assert budget.left("k1", 100.0) == BURST


def test_a_flood_is_told_of_at_once_and_then_once_a_minute():
    floods = Floods()
    floods.add("a", 3, 1)
    assert floods.due(0.0) == [("a", 3, 1)]
    floods.add("a", 2, 0)
    assert floods.due(1.0) == [] and len(floods) == 1
    floods.add("b", 1, 0)
    assert floods.due(2.0) == [("b", 1, 0)]
    assert floods.due(TELL_EVERY_S) == [("a", 2, 0)]
    assert floods.counts == {"slowed": 6, "not_taken": 1}
    assert floods.due(3 * TELL_EVERY_S) == [] and len(floods) == 0


def test_who_makes_the_store_look_back_far_is_slowed_as_long_as_that_costs():
    turns = Turns(Budget(per_s=100.0, burst=1000.0))
    turns.put((1, said("late", 3) + said("b", 1)))
    assert turns.charge("late", 900.0, 0.0) == [] and turns.count == 4
    assert turns.charge("late", 1100.0, 0.0) == [1, 2, 3]
    assert taken(turns, 0.0) == [("b", 1)]
    assert turns.charge("b", 1.0, 0.0) == [] and turns.charge("away", 5000.0, 0.0) == []
    turns.put((1, said("away", 1) + said("b", 1)))
    assert taken(turns, 10.0) == [("b", 1)]
    assert taken(turns, 10.2) == [("late", 3)]
    assert taken(turns, 40.2) == [("away", 1)]
    assert [flood.kiosk for flood in turns.floods.due(41.0)] == ["away", "late"] and turns.count == 0
