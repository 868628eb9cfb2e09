"""Configurations and commands: once, in time, and kept."""

from kiosk.orders import CONFIG_FILE, Orders

from tests.kiosk.desk import NOW_UTC_MS, MemoryFiles
from wire.messages import Command, Config


class Board:
    """What orders may change, and what they did to it."""

    def __init__(self, files=None):
        self.files = files or MemoryFiles()
        self.idle_percent = self.every_s = self.test_until_ms = None
        self.done = []
        self.begun = "begun"
        self.orders = Orders(self.files, self, self, self, self, self, lambda: self.done.append("reboot"))

    def identify(self, seconds, now_ms):
        self.done.append(("identify", seconds, now_ms))

    def resend(self, journal, seq):
        self.done.append(("resend", journal, seq))

    def order(self, version, size, now_ms):
        self.done.append(("order", version, size, now_ms))
        return self.begun

    def soon(self, now_ms):
        self.done.append(("soon", now_ms))


def command(action, number=1, expires_ms=NOW_UTC_MS + 60000, **what):
    fields = ("seconds", "on", "journal", "seq", "version", "size")
    return Command("%08x" % number, expires_ms, action, *[what.get(field) for field in fields])


def test_a_command_is_done_once_however_often_it_comes():
    board = Board()
    order = command("identify", seconds=5)
    assert board.orders.obey(order, 1000, NOW_UTC_MS) == "done"
    assert board.orders.obey(order, 1001, NOW_UTC_MS) == "seen before"
    assert board.orders.obey(command("identify", 2, seconds=5), 1002, NOW_UTC_MS) == "done"
    assert board.done == [("identify", 5, 1000), ("identify", 5, 1002)]


def test_a_command_is_done_until_its_expiry_and_not_after():
    board = Board()
    assert board.orders.obey(command("reboot", 1), 1000, NOW_UTC_MS + 60000) == "done"
    assert board.orders.obey(command("reboot", 2), 1000, NOW_UTC_MS + 60001) == "expired"
    assert board.orders.obey(command("identify", 3, seconds=5), 1000, NOW_UTC_MS + 60001) == "expired"
    assert board.done == ["reboot"]


def test_a_kiosk_that_does_not_know_the_time_obeys_only_what_is_harmless_when_late():
    board = Board()
    assert board.orders.obey(command("identify", 1, seconds=5), 1000, None) == "done"
    assert board.orders.obey(command("resend", 2, journal="0a0b0c0d", seq=7), 1000, None) == "done"
    assert "time" in board.orders.obey(command("reboot", 3), 1000, None)
    assert "time" in board.orders.obey(command("test", 4, on=True, seconds=60), 1000, None)
    assert board.done == [("identify", 5, 1000), ("resend", "0a0b0c0d", 7)] and board.test_until_ms is None


def test_a_command_that_came_before_the_time_was_known_is_done_once_when_it_comes_again():
    board = Board()
    order = command("reboot")
    for _ in range(3):
        assert "not obeyed" in board.orders.obey(order, 1000, None)
    assert board.orders.obey(order, 2000, NOW_UTC_MS) == "done"
    assert board.orders.obey(order, 3000, NOW_UTC_MS) == "seen before"
    assert board.orders.obey(order, 4000, None) == "seen before"
    assert board.done == ["reboot"]


def test_an_update_refused_during_a_trial_is_begun_once_when_it_is_asked_for_again_after_it():
    board = Board()
    order = command("update", version="9", size=100)
    board.begun = "not obeyed: this firmware is on trial itself"  # as Firmware.order says it
    assert board.orders.obey(order, 1000, NOW_UTC_MS) == board.begun
    board.begun = "is being fetched"
    assert board.orders.obey(order, 2000, NOW_UTC_MS) == "is being fetched"
    assert board.orders.obey(order, 3000, NOW_UTC_MS) == "seen before"
    assert [done[3] for done in board.done if done[0] == "order"] == [1000, 2000]


def test_a_command_that_ended_in_an_error_is_done_when_it_comes_again():
    board = Board()
    order = command("update", version="9", size=100)
    order_of_old = board.order

    def no_memory(version, size, now_ms):
        raise MemoryError("memory allocation failed")

    board.order = no_memory
    try:
        board.orders.obey(order, 1000, NOW_UTC_MS)
        raise AssertionError("it raised nothing")
    except MemoryError:
        pass
    board.order = order_of_old
    assert board.orders.obey(order, 2000, NOW_UTC_MS) == "begun"


def test_refused_commands_push_no_done_one_out_of_memory():
    board = Board()
    done = command("identify", 1, seconds=5)
    board.orders.obey(done, 1000, None)
    for number in range(2, 50):
        board.orders.obey(command("reboot", number), 1000, None)
    assert board.orders.obey(done, 2000, None) == "seen before"


def test_an_expired_or_unknown_command_is_final():
    board = Board()
    late, strange = command("reboot", 1), command("dance", 2)
    assert board.orders.obey(late, 1000, NOW_UTC_MS + 60001) == "expired"
    assert "not known" in board.orders.obey(strange, 1000, NOW_UTC_MS)
    assert board.orders.obey(late, 2000, NOW_UTC_MS) == "seen before"  # also when the clock was put back
    assert board.orders.obey(strange, 2000, NOW_UTC_MS) == "seen before"
    assert board.done == []


def test_a_test_mode_has_an_end_of_its_own_and_can_be_ended_before():
    board = Board()
    board.orders.obey(command("test", 1, on=True, seconds=60), 1000, NOW_UTC_MS)
    assert board.test_until_ms == 61000
    board.orders.obey(command("test", 2, on=False, seconds=60), 2000, NOW_UTC_MS)
    assert board.test_until_ms is None
    assert board.done == [("soon", 1000), ("soon", 2000)]


def test_an_update_is_begun_and_its_outcome_said():
    board = Board()
    assert board.orders.obey(command("update", 1, version="9", size=100), 1000, NOW_UTC_MS) == "begun"
    assert board.done == [("soon", 1000), ("order", "9", 100, 1000)]


def test_a_command_for_a_later_firmware_is_named_so():
    board = Board()
    assert "not known" in board.orders.obey(command("dance", 1), 1000, NOW_UTC_MS)
    assert board.done == []


def test_a_configuration_is_in_force_at_once_and_after_a_restart():
    board = Board()
    board.orders.configure(Config(3, 20, 60, "stable"))
    assert (board.idle_percent, board.every_s, board.orders.config_version) == (20, 60, 3)
    again = Board(board.files)
    again.orders.recall()
    assert (again.idle_percent, again.every_s, again.orders.config_version) == (20, 60, 3)


def test_the_same_configuration_writes_nothing():
    board = Board()
    board.orders.configure(Config(3, 20, 60, "stable"))
    board.files.content[CONFIG_FILE] = b"as it was"
    board.orders.configure(Config(3, 50, 70, "stable"))
    assert board.idle_percent == 20 and board.files.content[CONFIG_FILE] == b"as it was"


def test_a_configuration_of_a_store_that_went_back_is_taken_and_kept():
    board = Board()
    board.orders.configure(Config(7, 20, 60, "stable"))
    board.orders.configure(Config(6, 50, 70, "stable"))
    again = Board(board.files)
    again.orders.recall()
    assert (again.idle_percent, again.orders.config_version) == (50, 6)


def test_a_configuration_that_the_flash_refuses_is_in_force_until_the_next_boot():
    board = Board()
    board.files.broken = True
    board.orders.configure(Config(3, 20, 60, "stable"))
    assert board.idle_percent == 20
    again = Board(board.files)
    again.orders.recall()
    assert again.orders.config_version == 0


def test_a_kept_configuration_that_cannot_be_read_is_asked_for_again():
    for content in (b"", b"\xff\xff", b"{}", b'{"version":0,"idle":1,"health":60,"channel":"a"}', b"x" * 3000):
        board = Board()
        board.files.content[CONFIG_FILE] = content
        board.orders.recall()
        assert board.orders.config_version == 0 and board.idle_percent is None
