"""Edges become presses."""

from kiosk import press
from kiosk.press import Presses

from tests.kiosk.desk import Dice

HEAP = "768K"  # for all edges of a contact that trembles


def four(closed=()):
    return Presses({face: face in closed for face in (1, 2, 3, 4)}, 0)


def polled(presses, now_ms):
    """Every press that time alone completed."""
    found = []
    while True:
        press = presses.poll(now_ms)
        if press is None:
            return found
        found.append(press)


def run(presses, edges, until_ms, step_ms=1):
    """Feeds (at_ms, face, closed) edges while time passes; returns the presses as (face, at_ms)."""
    found = []
    edges = list(edges)
    for now_ms in range(0, until_ms, step_ms):
        while edges and edges[0][0] <= now_ms:
            at_ms, face, closed = edges.pop(0)
            press = presses.edge(face, closed, at_ms)
            if press:
                found.append(tuple(press))
        found.extend([tuple(press) for press in polled(presses, now_ms)])
    return found


def test_a_press_of_20_ms_counts_once():
    assert run(four(), [(100, 2, True), (120, 2, False)], 300) == [(2, 100)]


def test_spikes_of_1_to_3_ms_do_not_count():
    edges = []
    for i, width in enumerate((1, 2, 3, 3, 2, 1)):
        edges += [(100 + i * 20, 1, True), (100 + i * 20 + width, 1, False)]
    assert run(four(), edges, 400) == []


def test_a_contact_that_closes_again_within_30_ms_of_its_release_is_the_same_press():
    edges = [(100, 3, True), (150, 3, False), (178, 3, True), (190, 3, False), (225, 3, True), (245, 3, False)]
    assert run(four(), edges, 400) == [(3, 100), (3, 225)]


def test_contacts_that_bounce_at_both_ends_are_one_press():
    edges = [(100, 3, True), (101, 3, False), (102, 3, True), (104, 3, False), (105, 3, True)]
    edges += [(180, 3, False), (182, 3, True), (190, 3, False), (200, 3, True), (201, 3, False)]
    assert run(four(), edges, 400) == [(3, 105)]


def test_a_second_press_after_the_release_lock_out_counts():
    edges = [(100, 1, True), (150, 1, False), (185, 1, True), (230, 1, False)]
    assert run(four(), edges, 400) == [(1, 100), (1, 185)]


def test_several_faces_at_once_are_several_presses():
    edges = [(100, 1, True), (101, 4, True), (102, 2, True), (160, 1, False), (161, 4, False), (162, 2, False)]
    assert sorted(run(four(), edges, 400)) == [(1, 100), (2, 102), (4, 101)]


def test_presses_that_are_complete_at_once_are_told_one_by_one_and_something_is_due_until_the_last():
    presses = four()
    for face in (4, 1, 2):
        presses.edge(face, True, 100)
    told = []
    while presses.due_ms(110) == 0:
        told.append(presses.poll(110).face)
    assert sorted(told) == [1, 2, 4] and presses.poll(110) is None


def test_a_press_is_told_by_its_edges_alone_when_nobody_polled():
    presses = four()
    assert presses.edge(1, True, 100) is None
    assert tuple(presses.edge(1, False, 130)) == (1, 100)


def test_a_press_for_which_there_was_no_memory_is_told_at_the_next_look():
    def full(*fields):
        raise MemoryError

    presses = four()
    presses.edge(1, True, 100)
    made, press.Press = press.Press, full
    try:
        presses.poll(110)
        raise AssertionError("nobody said so")
    except MemoryError:
        pass
    finally:
        press.Press = made
    assert tuple(presses.poll(110)) == (1, 100)


def test_a_button_held_at_boot_does_not_count_until_it_is_pressed_anew():
    edges = [(500, 2, False), (700, 2, True), (750, 2, False)]
    assert run(four(closed=(2,)), edges, 900) == [(2, 700)]


def test_a_button_stuck_for_10_s_is_reported_and_holds_up_no_other():
    presses = four()
    edges = [(100, 1, True), (12000, 4, True), (12050, 4, False)]
    assert run(presses, edges, 13000, 5) == [(1, 100), (4, 12000)]
    assert presses.stuck == (1,)
    presses.edge(1, False, 14000)
    assert presses.due_ms(14000) == press.RELEASE_MS
    assert presses.poll(14029) is None and presses.stuck == (1,)
    assert presses.poll(14030) is None and presses.stuck == () and presses.due_ms(14030) is None
    presses.edge(1, True, 14200)
    assert tuple(presses.poll(14205)) == (1, 14200)


def trembling(face, closed_ms, open_ms, until_ms):
    """Edges of a contact that closes and opens by turns, for so long each."""
    edges = []
    for at_ms in range(100, until_ms, closed_ms + open_ms):
        edges += [(at_ms, face, True), (at_ms + closed_ms, face, False)]
    return edges


def test_a_contact_that_trembles_without_a_rest_is_reported_after_10_s_and_counts_nothing_until_it_rested():
    for closed_ms, open_ms, presses_of_it in ((10, 10, 1), (3, 3, 0), (4998, 2, 1), (9900, 29, 1)):
        presses = four()
        edges = trembling(1, closed_ms, open_ms, 13000)
        last_ms = edges[-1][0]
        edges = sorted(edges + [(12000, 4, True), (12050, 4, False)])  # and holds up no other
        found = run(presses, [edge for edge in edges if edge[0] < 10000], 10000)
        assert presses.stuck == ()
        found += run(presses, [edge for edge in edges if edge[0] >= 10000], last_ms + 1)
        assert found == [(1, 100)] * presses_of_it + [(4, 12000)], found
        assert presses.stuck == (1,) and not presses.answers(1)
        assert polled(presses, last_ms + 29) == [] and presses.stuck == (1,)
        assert polled(presses, last_ms + 30) == [] and presses.stuck == () and presses.answers(1)
        presses.edge(1, True, last_ms + 50)
        assert [tuple(press) for press in polled(presses, last_ms + 60)] == [(1, last_ms + 50)]


def test_a_contact_that_opened_for_a_moment_is_stuck_10_s_after_it_closed_at_first():
    presses = four()
    run(presses, [(100, 1, True), (5000, 1, False), (5002, 1, True)], 10100)
    assert presses.stuck == () and presses.due_ms(10099) == 1
    assert presses.poll(10100) is None and presses.stuck == (1,)


def test_a_spike_train_that_was_found_stuck_makes_no_press_when_one_spike_is_longer():
    presses = four()
    run(presses, trembling(1, 3, 3, 11000), 11000)
    assert presses.stuck == (1,)
    presses.edge(1, True, 11004)
    assert polled(presses, 11020) == []
    presses.edge(1, False, 11021)
    assert polled(presses, 11060) == [] and presses.stuck == ()


def test_fingers_that_hammer_for_longer_than_10_s_are_presses_and_nothing_is_stuck():
    for closed_ms, open_ms in ((60, 40), (70, 30)):
        presses = four()
        found = 0
        for at_ms, face, closed in trembling(2, closed_ms, open_ms, 15000):
            found += len(polled(presses, at_ms)) + bool(presses.edge(face, closed, at_ms))
            found += len(polled(presses, at_ms + 20))
            assert presses.stuck == (), at_ms
        assert found == 149


def test_the_10_s_begin_with_each_press_and_nothing_is_due_once_they_are_over():
    presses = four(closed=(3,))
    run(presses, [(500, 3, False)], 600)
    for face, began_ms in ((1, 60000), (3, 90000)):
        presses.edge(face, True, began_ms)
        assert len(polled(presses, began_ms + 5)) == 1
        assert polled(presses, began_ms + 9999) == [] and presses.stuck == ()
        assert presses.due_ms(began_ms + 9999) == 1
        assert polled(presses, began_ms + 10000) == [] and presses.stuck == (face,)
        assert presses.due_ms(began_ms + 10000) is None
        presses.edge(face, False, began_ms + 20000)
        polled(presses, began_ms + 20030)


def test_nothing_is_due_while_all_buttons_rest_and_5_ms_after_an_edge_something_is():
    presses = four()
    assert presses.due_ms(1000) is None
    presses.edge(1, True, 1000)
    assert presses.due_ms(1002) == 3
    presses.edge(2, True, 1003)
    assert presses.due_ms(1003) == 2 and presses.due_ms(1009) == 0


def test_only_a_resting_button_answers_a_finger():
    presses = four(closed=(3,))
    assert presses.answers(1) and not presses.answers(3)
    presses.edge(1, True, 10)
    assert not presses.answers(1)


def bounce(dice, edges, at_ms, face, closed, most_ms):
    """A contact that changes to ``closed`` and trembles; appends its edges, returns when it lies still."""
    edges.append((at_ms, face, closed))
    end_ms = at_ms + dice.below(most_ms + 1)
    while True:
        at_ms += 1 + dice.below(3)
        if at_ms >= end_ms:
            return at_ms
        edges.append((at_ms, face, not closed))
        at_ms += 1 + dice.below(2)
        edges.append((at_ms, face, closed))


def fingers(dice, face, count):
    """(edges, [(first touch, last tremble)]) of fingers on one face, with spikes in between."""
    edges, touches = [], []
    at_ms = 100
    for _ in range(count):
        at_ms += 60 + dice.below(900)
        still_ms = bounce(dice, edges, at_ms, face, True, 8)
        touches.append((at_ms, still_ms))
        at_ms = bounce(dice, edges, still_ms + 20 + dice.below(400), face, False, 15)
        if dice.below(3) == 0:
            at_ms += 40 + dice.below(50)
            edges.append((at_ms, face, True))
            at_ms += 1 + dice.below(3)
            edges.append((at_ms, face, False))
    return edges, touches


def test_there_are_as_many_presses_as_fingers_however_contacts_bounce_and_whenever_anybody_looks():
    for seed in range(1, 41):
        dice = Dice(seed)
        edges, touches = [], {}
        for face in (1, 2, 3, 4):
            more, touches[face] = fingers(dice, face, 8)
            edges += more
        edges.sort(key=lambda edge: edge[0])
        presses = four()
        found = {1: [], 2: [], 3: [], 4: []}
        now_ms = 0
        longest_ms = (1, 5, 30, 400)[seed % 4]  # between two looks: a flash erase takes up to 0.4 s
        while edges or presses.due_ms(now_ms) is not None:
            now_ms += 1 + dice.below(longest_ms)
            while edges and edges[0][0] <= now_ms:
                at_ms, face, closed = edges.pop(0)
                press = presses.edge(face, closed, at_ms)
                if press:
                    found[face].append(press.at_ms)
            for press in polled(presses, now_ms):
                found[press.face].append(press.at_ms)
        for face in touches:
            assert len(found[face]) == len(touches[face]), (seed, face, found[face], touches[face])
            for at_ms, (first_ms, still_ms) in zip(found[face], touches[face]):
                assert first_ms <= at_ms <= still_ms, (seed, face)


def test_edges_seen_400_ms_late_are_one_press_at_the_time_of_the_finger():
    presses = four()
    presses.poll(1000)
    assert presses.edge(2, True, 1010) is None
    assert tuple(presses.edge(2, False, 1060)) == (2, 1010)
    assert presses.poll(1410) is None
    assert presses.edge(2, True, 1411) is None
    assert tuple(presses.poll(1416)) == (2, 1411)


def test_a_button_held_at_boot_that_stays_is_stuck_after_10_s_and_counts_again_after_its_release():
    presses = four(closed=(3,))
    assert presses.poll(9999) is None and presses.stuck == ()
    assert presses.poll(10000) is None and presses.stuck == (3,)
    presses.edge(3, False, 11000)
    presses.edge(3, True, 11100)
    assert tuple(presses.poll(11200)) == (3, 11100) and presses.stuck == ()


def test_a_button_held_at_boot_or_stuck_that_trembles_when_it_is_let_go_is_no_press():
    for held in ((2,), ()):
        free_ms = 500 if held else 12000
        edges = [] if held else [(10, 2, True)]
        edges += [(free_ms + at_ms, 2, at_ms % 8 == 4) for at_ms in (0, 4, 16, 20, 32)]
        assert run(four(closed=held), edges, free_ms + 100) == [(2, 10)] * (not held)


def test_a_press_found_10_s_late_is_counted_and_stuck_at_once():
    presses = four()
    presses.edge(1, True, 100)
    assert tuple(presses.poll(20000)) == (1, 100)
    assert presses.poll(20000) is None and presses.stuck == (1,)


def test_a_button_that_was_down_when_edges_were_lost_may_still_tremble():
    presses = four()
    presses.edge(1, True, 1000)
    assert presses.poll(1005)
    presses.doubt(1, False, 1300)
    presses.edge(1, False, 1300)
    presses.edge(1, True, 1310)
    assert presses.poll(1320) is None and not presses.answers(1)


def test_a_contact_whose_release_was_lost_may_have_been_a_spike_and_is_no_press():
    presses = four()
    presses.edge(1, True, 1000)
    presses.edge(2, True, 1000)
    for face, closed in ((1, False), (2, True)):
        presses.doubt(face, closed, 1300)
        assert presses.edge(face, closed, 1300) is None or face == 2
    assert [press.face for press in polled(presses, 1310)] in ([2], [])
    assert presses.answers(1) and not presses.answers(2)


def test_a_stuck_contact_of_which_edges_were_lost_has_not_rested_meanwhile():
    for closed in (True, False):
        presses = four()
        run(presses, trembling(1, 8, 8, 11000), 11010)  # its last edge opened it
        assert presses.stuck == (1,)
        presses.doubt(1, closed, 12000)  # a second in which nobody could look
        presses.edge(1, closed, 12000)
        assert polled(presses, 12010) == [] and presses.stuck == (1,)
        presses.edge(1, False, 12020)
        assert polled(presses, 12060) == [] and presses.stuck == () and presses.answers(1)
