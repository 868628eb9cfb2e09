"""A press becomes a tap, and only a tap is thanked."""

from kiosk.press import Press
from kiosk.tap import Taps

from tests.kiosk.desk import WornFiles, a_journal, taps_of


class Thanks:
    """The thanks that were shown, and what the journal held at that moment."""

    def __init__(self, journal):
        self.journal = journal
        self.shown = []
        self.owed = 0

    def owe(self):
        self.owed += 1

    def poll(self, now_ms):
        if self.owed:
            self.owed -= 1
            self.shown.append((now_ms, self.journal.last_seq))


class Scene:
    def __init__(self, files=None):
        self.journal = a_journal(files)
        self.lights = Thanks(self.journal)
        self.told = 0
        self.now_ms = 0
        self.taps = Taps(self.journal, self.lights, self.tell, lambda: self.now_ms)

    def tell(self):
        self.told += 1

    def press(self, face, at_ms, now_ms):
        self.now_ms = now_ms
        self.taps.take(Press(face, at_ms))


def test_a_tap_is_thanked_after_the_journal_has_it_at_the_time_the_flash_was_done():
    scene = Scene()
    scene.press(3, 1000, 1400)
    assert scene.lights.shown == [(1400, 1)] and scene.told == 1
    assert taps_of(scene.journal) == [(1, 1, 3, 1000, 0)]


def test_a_press_the_flash_could_not_keep_is_counted_and_not_thanked():
    scene = Scene()
    scene.press(1, 1000, 1001)
    scene.journal.files.broken = True
    scene.press(2, 2000, 2001)
    scene.press(3, 3000, 3001)
    assert len(scene.lights.shown) == 1 and scene.told == 1 and scene.taps.unthanked == 2
    scene.journal.files.broken = False
    scene.press(4, 4000, 4001)
    assert [tap[2] for tap in taps_of(scene.journal)] == [1, 4]


def test_a_press_that_does_not_read_back_is_not_thanked_and_the_next_one_is():
    for keeps in (False, True):
        scene = Scene(WornFiles())
        scene.press(1, 1000, 1001)
        scene.journal.files.spoil("tail", 40, keeps)
        scene.press(2, 2000, 2001)
        assert scene.lights.shown == [(1001, 1)] and scene.told == 1 and scene.taps.unthanked == 1
        scene.press(3, 3000, 3001)
        assert scene.lights.shown == [(1001, 1), (3001, 3)] and scene.taps.unthanked == 1
        assert [tap[2] for tap in taps_of(scene.journal)] == [1, 0 if keeps else 2, 3]


def test_a_press_is_a_test_by_when_it_was_pressed():
    scene = Scene()
    scene.press(1, 900, 901)
    scene.taps.test_until_ms = 5000
    scene.press(1, 4999, 5400)
    scene.press(1, 5000, 5401)
    assert [tap[4] for tap in taps_of(scene.journal)] == [0, 1, 0]
    assert scene.taps.testing(4999) and not scene.taps.testing(5000)


def test_a_press_for_which_there_was_no_memory_is_told_and_not_thanked():
    scene = Scene()
    append = scene.journal.append

    def full(*tap):
        raise MemoryError

    scene.journal.append = full
    try:
        scene.press(1, 1000, 1001)
        raise AssertionError("nobody said so")
    except MemoryError:
        pass
    assert scene.taps.unthanked == 1 and not scene.lights.owed and not scene.told
    scene.journal.append = append
    scene.press(2, 2000, 2001)
    assert scene.lights.shown == [(2001, 1)]


def test_a_tap_that_is_kept_is_owed_its_thanks_even_without_memory_for_the_time():
    scene = Scene()

    def no_time():
        raise MemoryError

    try:
        scene.taps.now_ms = no_time
        scene.taps.take(Press(1, 1000))
        raise AssertionError("nobody said so")
    except MemoryError:
        pass
    assert scene.lights.owed == 1 and scene.told == 1 and scene.taps.unthanked == 0
