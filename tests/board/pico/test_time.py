"""The date of a board without a clock: a floor, then a time server, then the collector; and no server is waited for."""

from tests.board.pico import chips

chips.put_in()

from board.calendar import EARLIEST_S, Calendar  # noqa: E402
from board.interface import _time_in  # noqa: E402
from board.pico import ASK_AGAIN_MS, Pico  # noqa: E402
from board.ring import Ring  # noqa: E402

from tests.board.pico.chips import TimeModule, run, world  # noqa: E402

INTERPRETERS = ("micropython",)
NOW_S = EARLIEST_S + 30 * 86400
FROM_1900 = 2208988800


class Lamps:
    def set(self, face, percent):
        pass


class Contacts:
    began_ticks = 0

    def __init__(self):
        self.began = {1: False, 2: False, 3: False, 4: False}
        self.ring = Ring()
        self.take = self.ring.take

    def arm(self, face, rests):
        pass

    def call(self, wake):
        pass

    def closed(self):
        return dict(self.began)


class Panel:
    def __init__(self):
        self.lamps = Lamps()
        self.contacts = Contacts()


class Network:
    """One whose time server says ``utc_ms``, or is silent; its name server knows nobody."""

    def __init__(self):
        self.utc_ms = None
        self.asked = []

    async def join(self):
        pass

    async def time(self, server):
        self.asked.append(server)
        if self.utc_ms is None:
            raise OSError(110, "the time server does not answer: " + server)
        return self.utc_ms

    async def address(self, host):
        raise OSError(110, "the name server does not know " + host)


class Board(Pico):
    def network(self, found):
        return Network()


def a_board(**found):
    chips.begin()
    return Board(found, Panel())


def dialled(board, tls=True):
    """What a dial came to: always as far as the broker's name."""
    try:
        run(board.dial("broker.example", 8883, tls, ""))
    except OSError as e:
        return e.args[1]


def test_a_board_wakes_in_2021_and_begins_at_the_floor():
    chips.begin()
    Calendar()
    assert TimeModule.time() == EARLIEST_S
    Calendar(NOW_S)
    assert TimeModule.time() == NOW_S


def test_a_floor_never_turns_a_clock_back():
    chips.begin()
    Calendar(NOW_S)
    Calendar(NOW_S - 5)
    assert TimeModule.time() == NOW_S


def test_one_wrong_server_locks_nobody_out_the_two_dates_take_turns():
    chips.begin()
    calendar = Calendar(NOW_S)
    calendar.tell(NOW_S + 10 * 365 * 86400, True)
    seen = []
    for _ in range(4):
        calendar.doubt()
        seen.append(TimeModule.time())
    assert seen == [NOW_S, NOW_S + 10 * 365 * 86400] * 2


def test_a_time_before_the_firmware_was_made_is_not_believed():
    chips.begin()
    calendar = Calendar(NOW_S)
    calendar.tell(EARLIEST_S - 1, True)
    assert TimeModule.time() == NOW_S and not calendar.sure


def test_a_silent_time_server_holds_no_dial_up_and_is_not_asked_at_every_one():
    board = a_board(ntp="time.example", flashed=NOW_S)
    for _ in range(50):
        assert dialled(board) == "the name server does not know broker.example"
    assert board._network.asked == ["time.example"] and board.heard_time is None
    world.pass_ms(ASK_AGAIN_MS)
    assert dialled(board) == "the name server does not know broker.example"
    assert len(board._network.asked) == 2
    assert TimeModule.time() >= NOW_S


def test_what_a_time_server_says_is_the_date_and_is_told_with_its_moment():
    board = a_board(ntp="time.example")
    board._network.utc_ms = NOW_S * 1000 + 250
    dialled(board, tls=False)
    assert TimeModule.time() == NOW_S
    assert board.heard_time == (world.ticks, NOW_S * 1000 + 250)
    dialled(board)
    assert len(board._network.asked) == 1


def test_once_the_collector_has_said_it_no_time_server_is_asked():
    board = a_board(ntp="time.example")
    board.tell_time(NOW_S * 1000, True)
    dialled(board)
    assert board._network.asked == []


def test_what_the_journal_knew_of_the_time_leaves_a_time_server_to_be_asked():
    board = a_board(ntp="time.example")
    board.tell_time(NOW_S * 1000, False)
    dialled(board)
    assert board._network.asked == ["time.example"] and TimeModule.time() >= NOW_S


def test_without_a_time_server_none_is_asked():
    board = a_board()
    dialled(board)
    assert board._network.asked == []


def test_a_time_servers_answer_is_read_to_the_millisecond_and_past_2036():
    answer = bytearray(48)
    answer[0:2] = b"\x24\x02"
    answer[40:44] = (NOW_S + FROM_1900).to_bytes(4, "big")
    answer[44:48] = (1 << 30).to_bytes(4, "big")
    assert _time_in(answer, None) == NOW_S * 1000 + 250
    later_s = 2100000000  # in 2036, after the count began anew
    answer[40:44] = (later_s + FROM_1900 & 0xFFFFFFFF).to_bytes(4, "big")
    assert _time_in(answer, None) == later_s * 1000 + 250
    answer[1] = 0  # it does not know the time
    assert _time_in(answer, None) is None
    assert _time_in(answer[:40], None) is None
    for at, value in ((0, b"\xe4"), (1, b"\x10"), (40, bytes(4))):  # it is not synchronised, or says nothing
        wrong = bytearray(answer)
        wrong[1] = 2
        wrong[at : at + len(value)] = value
        assert _time_in(wrong, None) is None
