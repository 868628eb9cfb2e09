"""What a kiosk tells about itself."""

from kiosk.clock import Clock
from kiosk.health import Report, plain
from kiosk.press import Presses

from tests.kiosk.desk import NOW_UTC_MS, Ticks, a_journal, press_all
from wire import codec
from wire.messages import Health


class Counts:
    """The few numbers that taps and the uplink keep."""

    refused = 2
    unthanked = 1

    def testing(self, at_ms):
        return at_ms < 500


class Scene:
    def __init__(self, facts=(-61, None, 100000, None, 790528)):
        self.ticks = Ticks()
        self.clock = Clock(self.ticks.read, self.ticks.diff)
        self.journal = a_journal()
        self.presses = Presses({1: False, 2: True, 3: False, 4: False}, 0)
        self.report = Report(lambda: facts, 300)
        self.news = "none", None, None

    def write(self, now_ms):
        said = self.report.write(now_ms, self.clock, self.journal, self.presses, Counts(), Counts(), self.news)
        found = codec.decode("health", said)
        assert isinstance(found, Health), found
        return found


def test_it_tells_what_is_not_yet_stored_and_which_buttons_are_stuck():
    scene = Scene()
    press_all(scene.journal, 5)
    scene.journal.ack(2)
    scene.presses.poll(10000)
    said = scene.write(10000)
    assert (said.last_seq, said.acked, said.backlog, said.stuck) == (5, 2, 3, (2,))
    assert (said.refused, said.unthanked, said.test, said.reset) == (2, 1, False, "power")
    assert (said.rssi_dbm, said.heap_free, said.flash_free) == (-61, 100000, 790528)


def test_it_has_no_time_before_a_server_said_it():
    scene = Scene()
    assert (scene.write(100).utc_ms, scene.write(100).clock) == (None, "none")
    scene.clock.learn(1000, NOW_UTC_MS, 1000)
    assert (scene.write(3000).utc_ms, scene.write(3000).clock) == (NOW_UTC_MS + 2000, "server")


def test_it_is_due_at_once_then_every_interval_and_sooner_when_asked():
    scene = Scene()
    assert scene.report.due_ms(0) == 0
    scene.write(1000)
    assert scene.report.due_ms(1000) == 300000 and scene.report.due_ms(300999) == 1
    scene.report.soon(5000)
    assert scene.report.due_ms(5000) == 0


def test_a_trouble_is_told_once_in_plain_words():
    scene = Scene()
    scene.report.error = 'the "broker" said ä\n' + "x" * 200
    said = scene.write(0).error
    assert said.startswith("the ?broker? said ??") and len(said) == 96
    assert scene.write(0).error is None


def test_every_board_can_say_it_whatever_it_measures():
    for facts in ((None, None, 0, None, 0), (-127, 0, 0x7FFFFFFF, 0, 1 << 40), (0, 10000, 1, 1, 1)):
        Scene(facts).write(0)


def test_any_sentence_becomes_plain_and_never_empty():
    assert plain("") == "?"
    assert plain("ä\x00\\") == "???"
    assert plain("abc", 2) == "ab"
