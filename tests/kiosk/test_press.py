"""Edges become presses."""

from kiosk.press import Presses


def four(closed=()):
    return Presses({face: face in closed for face in (1, 2, 3, 4)}, 0)


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
        found.extend([tuple(press) for press in presses.poll(now_ms)])
    return found


def test_a_press_of_20_ms_counts_once():
    assert run(four(), [(100, 2, True), (120, 2, False)], 300) == [(2, 100)]


def test_spikes_of_1_to_3_ms_do_not_count():
    edges = []
    for i, width in enumerate((1, 2, 3, 3, 2, 1)):
        edges += [(100 + i * 20, 1, True), (100 + i * 20 + width, 1, False)]
    assert run(four(), edges, 400) == []


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


def test_a_press_is_told_by_its_edges_alone_when_nobody_polled():
    presses = four()
    assert presses.edge(1, True, 100) is None
    assert tuple(presses.edge(1, False, 130)) == (1, 100)


def test_a_button_held_at_boot_does_not_count_until_it_is_pressed_anew():
    edges = [(500, 2, False), (700, 2, True), (750, 2, False)]
    assert run(four(closed=(2,)), edges, 900) == [(2, 700)]


def test_a_button_stuck_for_10_s_is_reported_and_holds_up_no_other():
    presses = four()
    edges = [(100, 1, True), (12000, 4, True), (12050, 4, False)]
    assert run(presses, edges, 13000, 5) == [(1, 100), (4, 12000)]
    assert presses.stuck == (1,)
    presses.edge(1, False, 14000)
    assert presses.stuck == ()
    presses.poll(14100)
    presses.edge(1, True, 14200)
    assert [tuple(press) for press in presses.poll(14205)] == [(1, 14200)]


def test_nothing_is_due_while_all_buttons_rest_and_5_ms_after_an_edge_something_is():
    presses = four()
    assert presses.due_ms(1000) is None
    presses.edge(1, True, 1000)
    assert presses.due_ms(1002) == 3


def test_only_a_resting_button_answers_a_finger():
    presses = four(closed=(3,))
    assert presses.answers(1) and not presses.answers(3)
    presses.edge(1, True, 10)
    assert not presses.answers(1)
