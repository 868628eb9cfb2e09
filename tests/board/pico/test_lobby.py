"""Many fingers at a whole kiosk: each is kept and thanked once, and no bystander sees for long which face it was."""

from tests.board.pico.lobby import SETTLED_MS, Lobby

INTERPRETERS = ("micropython",)
HEAP = "1M"
TIME_LIMIT_S = 900  # on a computer that has much else to do
APART_MS = 100
WRAP = 1 << 30  # of ticks
WATCHDOG_MS = 8388
HANDSHAKE_MS = (3300, 300, 300, 400)
AFTER_MS = 6000  # for the last thanks


def bounce(lobby, at_ms, face, closed, most_ms):
    """A contact that trembles into its place; returns when it lies still."""
    dice, move = lobby.dice, lobby.time.move
    lobby.time.at(at_ms, lambda: move(face, closed))
    end_ms = at_ms + dice.below(most_ms + 1)
    while True:
        at_ms += 1 + dice.below(3)
        if at_ms >= end_ms:
            return at_ms
        lobby.time.at(at_ms, lambda: move(face, not closed))
        at_ms += 1 + dice.below(2)
        lobby.time.at(at_ms, lambda: move(face, closed))


def visitors(lobby, at_ms, count, pause_ms):
    """``count`` at each face, with spikes in between; returns when all are gone."""
    dice, last_ms = lobby.dice, at_ms
    for face in (1, 2, 3, 4):
        now_ms = at_ms + dice.below(pause_ms)
        for _ in range(count):
            still_ms = bounce(lobby, now_ms, face, True, 8)
            now_ms = bounce(lobby, still_ms + 20 + dice.below(300), face, False, 8) + 60 + dice.below(pause_ms)
            if dice.below(3) == 0:
                lobby.touch(face, now_ms, 1 + dice.below(3))
                now_ms += 60 + dice.below(100)
        last_ms = max(last_ms, now_ms)
    return last_ms + AFTER_MS


def after(count, pause_ms, **lobby):
    lobby = Lobby(**lobby)
    lobby.play(lambda at_ms: visitors(lobby, at_ms, count, pause_ms))
    return lobby


def test_each_finger_is_kept_thanked_once_and_shown_for_a_moment_at_most():
    for seed, pause_ms in ((1, 1500), (2, 8000), (3, 3000)):
        lobby = after(6, pause_ms, seed=seed)
        assert lobby.kept == lobby.thanks() == 24, (seed, lobby.kept, lobby.thanks())
        assert lobby.apart_ms() <= APART_MS and lobby.dark_ms() <= 200, (seed, lobby.apart_ms(), lobby.dark_ms())


def test_so_it_is_while_the_ticks_begin_anew_or_their_difference_changes_its_sign():
    for seed, at in ((1, WRAP), (2, WRAP // 2)):
        lobby = after(6, 1500, seed=seed, erase_ms=45, ticks=at - SETTLED_MS - 3000)
        assert lobby.board.ticks_ms() < at % WRAP + WRAP // 4
        assert 22 <= lobby.kept == lobby.thanks() <= 24, (seed, lobby.kept, lobby.thanks())
        assert lobby.apart_ms() <= APART_MS and lobby.dark_ms() <= 300, (seed, lobby.apart_ms(), lobby.dark_ms())


def test_so_it_is_while_handshakes_hold_the_processor():
    for seed in (1, 2):
        lobby = after(6, 6000, seed=seed, handshake_ms=HANDSHAKE_MS)
        assert lobby.kept == lobby.thanks() == 24, (seed, lobby.kept, lobby.thanks())
        assert lobby.apart_ms() <= APART_MS, (seed, lobby.apart_ms())
        fed_ms = lobby.fed_ms
        assert max([fed_ms[i + 1] - fed_ms[i] for i in range(len(fed_ms) - 1)]) < WATCHDOG_MS


def test_while_a_flash_erases_a_press_may_go_unseen_but_never_unthanked_where_it_was_kept():
    for seed, erase_ms in ((1, 45), (2, 400), (4, 400)):
        lobby = after(6, 6000, seed=seed, erase_ms=erase_ms)
        assert 22 <= lobby.kept == lobby.thanks() <= 24, (seed, lobby.kept, lobby.thanks())
        assert lobby.apart_ms() <= APART_MS, (seed, lobby.apart_ms())


def test_of_two_visitors_in_one_step_of_a_handshake_each_is_thanked():
    lobby = Lobby(handshake_ms=(3300, 400))

    def plan(at_ms):
        began_ms = at_ms + 3000
        for face in (1, 2):
            lobby.touch(face, began_ms + 600 * face, 80)
        return began_ms + 12000

    lobby.play(plan)
    assert lobby.kept == lobby.thanks() == 2


def test_spikes_one_after_the_other_never_look_like_one_light_and_are_no_presses():
    for every_ms in (10, 35, 70, 90, 130):
        lobby = Lobby()

        def plan(at_ms, lobby=lobby, every_ms=every_ms):
            for i in range(20):
                lobby.touch(2, at_ms + every_ms * i, 2)
            return at_ms + 20 * every_ms + AFTER_MS

        lobby.play(plan)
        assert lobby.kept == lobby.thanks() == 0 and lobby.apart_ms() <= APART_MS, (every_ms, lobby.apart_ms())


def test_a_spike_and_then_a_press_whose_thanks_an_erase_holds_up_are_no_long_light():
    lobby = Lobby(erase_ms=400)

    def plan(at_ms):
        lobby.counter.journal.files.written = 8
        lobby.touch(2, at_ms, 2)
        lobby.touch(2, at_ms + 70, 500)
        return at_ms + AFTER_MS

    lobby.play(plan)
    assert lobby.kept == lobby.thanks() == 1 and 50 <= lobby.apart_ms() <= APART_MS


def test_after_a_flood_that_no_ring_could_keep_the_lights_breathe_again():
    lobby = Lobby()

    def plan(at_ms):
        lobby.time.at(at_ms + 5, lambda: lobby.time.hold(3300))
        for i in range(150):
            lobby.touch(3, at_ms + 10 + 6 * i, 3)
        return at_ms + 8000

    lobby.play(plan)
    assert lobby.board.edges.lost and lobby.kept == lobby.thanks() == 0
    assert any(lobby.seen[-1][1])


def test_the_brightest_breath_is_no_thanks_and_thanks_stand_out_of_it():
    lobby = Lobby(breath=100)

    def connected():
        lobby.counter.lights.online = True

    def plan(at_ms):
        for ms in range(0, 10000, 50):  # at each failure it is not; and only then are all four at the breath's height
            lobby.time.at(at_ms + ms, connected)
        lobby.touch(2, at_ms + 6000, 80)
        return at_ms + 10000

    lobby.play(plan)
    assert lobby.kept == lobby.thanks() == 1, lobby.thanks()
    assert max([max(levels) for at_ms, levels in lobby.seen if at_ms < lobby.seen[0][0] + 4500]) == 40
