"""The buttons' interrupt: what it lights, what it keeps for the task, and what a boot finds held down."""

from tests.board.pico import chips

chips.put_in()

from board.contacts import Contacts  # noqa: E402
from board.edges import Edges  # noqa: E402
from board.pins import FACES  # noqa: E402
from board.ring import SLOTS  # noqa: E402

from tests.board.pico.chips import run, world  # noqa: E402

INTERPRETERS = ("micropython",)
CLOSED, OPEN = 0, 1


def some(held=(), ticks=1000):
    """Contacts of a board that wakes with these faces held down, and the list of faces that were lit."""
    chips.begin(ticks)
    for face in held:
        world.levels[FACES[face]] = CLOSED
    lit = []

    def glimpse(face):
        lit.append(face)
        return True

    return Contacts(glimpse), lit


def taken(contacts):
    """What lies in the ring."""
    found = []
    while True:
        edge = contacts.take()
        if edge is None:
            return found
        found.append(edge)


def waited_ms(edges, most_ms):
    """Of this computer's time."""
    began = chips.computer.ticks_ms()
    run(edges.wait(most_ms))
    return chips.computer.ticks_diff(chips.computer.ticks_ms(), began)


def test_each_edge_is_kept_with_its_moment_and_its_face():
    for ticks in (0, (1 << 16) - 20, (1 << 29) - 20, (1 << 30) - 20):
        contacts, _ = some(ticks=ticks)
        expected = []
        for face in FACES:
            for level in (CLOSED, OPEN):
                world.pass_ms(7)
                world.move(FACES[face], level)
                expected.append((world.ticks, face, level == CLOSED, level == CLOSED))
        assert taken(contacts) == expected and contacts.began_ticks == ticks


def test_three_presses_of_each_of_four_fingers_wait_with_all_their_bounces_while_the_processor_is_away():
    contacts, _ = some()
    expected = []
    for _ in range(3):
        for face in FACES:
            for i in range(10):
                world.pass_ms(1)
                world.move(FACES[face], OPEN if i % 2 else CLOSED)
                expected.append((world.ticks, face, i % 2 == 0))
    assert [edge[:3] for edge in taken(contacts)] == expected and contacts.ring.lost == 0


def test_a_closing_lights_its_face_once_until_the_task_allows_it_again():
    contacts, lit = some()
    for _ in range(3):
        world.move(FACES[2], CLOSED)
        world.move(FACES[2], OPEN)
    assert lit == [2] and [edge[3] for edge in taken(contacts)] == [True] + [False] * 5
    world.move(FACES[3], CLOSED)
    world.move(FACES[2], CLOSED)
    assert lit == [2, 3]
    taken(contacts)
    contacts.arm(2, True)
    world.move(FACES[2], OPEN)
    assert lit == [2, 3]
    world.move(FACES[2], CLOSED)
    assert lit == [2, 3, 2]


def test_a_face_that_the_lights_refuse_is_not_called_lit():
    chips.begin()
    contacts = Contacts(lambda face: False)
    world.move(FACES[1], CLOSED)
    assert not contacts.ring.lit and contacts.take()[1:] == (1, True, False)


def test_a_face_is_not_armed_while_an_edge_waits_that_may_tell_that_it_does_not_rest():
    contacts, lit = some()
    world.move(FACES[2], CLOSED)
    for face in FACES:
        contacts.arm(face, True)
    world.move(FACES[2], OPEN)
    world.move(FACES[2], CLOSED)
    world.move(FACES[3], CLOSED)  # it was armed already
    assert lit == [2, 3]
    contacts.arm(4, False)
    world.move(FACES[4], CLOSED)
    assert lit == [2, 3]
    taken(contacts)
    for face in FACES:
        contacts.arm(face, True)
        world.move(FACES[face], OPEN)
        world.move(FACES[face], CLOSED)
        taken(contacts)
    assert sorted(lit[2:]) == [1, 2, 3, 4]


def test_the_ring_says_whether_an_edge_waits_that_lit_a_face():
    contacts, _ = some()
    ring = contacts.ring
    for _ in range(600):
        assert not ring.lit and not ring.holds
        world.move(FACES[1], CLOSED)
        world.move(FACES[1], OPEN)
        assert ring.lit and ring.holds
        assert contacts.take()[3] and not ring.lit and ring.holds
        assert not contacts.take()[3]
        contacts.arm(1, True)


def test_so_it_does_however_many_of_them_wait():
    ring = some()[0].ring
    for most in (SLOTS - 1, SLOTS // 2, 1, 0, SLOTS - 1):
        for i in range(most):
            ring.put(i, 1 + i % 4, True, True)
            assert ring.lit
        for _ in range(most):
            assert ring.lit and ring.take()[3]
        assert not ring.lit


def test_interrupts_come_again_though_the_board_is_stopped_while_a_face_is_armed():
    contacts, lit = some()

    class Stopping:
        @property
        def holds(self):
            assert not world.interrupts
            raise KeyboardInterrupt

    contacts.arm(2, False)
    contacts.ring = Stopping()
    try:
        contacts.arm(2, True)
        raise AssertionError("it was not stopped")
    except KeyboardInterrupt:
        assert world.interrupts
    world.move(FACES[3], CLOSED)
    assert lit == [3]


def test_a_face_that_must_not_light_stays_dark_and_is_kept_all_the_same():
    contacts, lit = some()
    contacts.arm(4, False)
    world.move(FACES[4], CLOSED)
    assert lit == [] and [edge[1:] for edge in taken(contacts)] == [(4, True, False)]


def test_a_button_that_is_held_when_the_board_wakes_is_said_so_and_does_not_light():
    contacts, lit = some(held=(1, 3))
    assert contacts.began == contacts.closed() == {1: True, 2: False, 3: True, 4: False}
    for face in (1, 3):
        world.move(FACES[face], OPEN)
        world.move(FACES[face], CLOSED)
    assert lit == []
    world.move(FACES[2], CLOSED)
    assert lit == [2]


def test_the_task_is_woken_once_the_edge_is_there():
    contacts, _ = some()
    seen = []
    contacts.call(lambda: seen.append(contacts.take()[1:3]))
    world.move(FACES[4], CLOSED)
    world.move(FACES[4], OPEN)
    assert seen == [(4, True), (4, False)]


def test_who_waits_for_an_edge_hears_of_one_that_came_before_and_of_nothing_when_there_is_none():
    contacts, _ = some()
    world.move(FACES[1], CLOSED)
    edges = Edges(contacts)
    assert waited_ms(edges, 2000) < 2000 and edges.take()[1:3] == (1, True)
    assert waited_ms(edges, 20) >= 20
    world.move(FACES[1], OPEN)
    assert waited_ms(edges, 2000) < 2000 and edges.take()[1:3] == (1, False)
    assert edges.lost == 0


def test_who_has_no_time_to_wait_does_not_and_hears_later_of_what_came():
    contacts, _ = some()
    edges = Edges(contacts)
    assert waited_ms(edges, 2000) < 2000
    assert waited_ms(edges, 0) < 1000 and waited_ms(edges, -3) < 1000
    world.move(FACES[1], CLOSED)
    for most_ms in (0, -3):
        assert waited_ms(edges, most_ms) < 1000
    assert waited_ms(edges, 2000) < 2000


def test_edges_that_found_no_room_are_told_with_how_the_contacts_are_now():
    contacts, _ = some()
    edges = Edges(contacts)
    for _ in range(SLOTS):
        world.move(FACES[3], CLOSED)
        world.move(FACES[3], OPEN)
    world.move(FACES[3], CLOSED)
    assert len(taken(contacts)) == SLOTS - 1
    assert edges.closed() == {1: False, 2: False, 3: True, 4: False}
    assert edges.lost == SLOTS + 2
