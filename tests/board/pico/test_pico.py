"""What a Pico says of its boot and of itself."""

from tests.board.pico import chips

chips.put_in()

from board.pico import _RAN_OUT, WATCHDOG_MS  # noqa: E402

from tests.board.pico.chips import MachineModule, run, world  # noqa: E402
from tests.board.pico.test_time import Board, Network, Panel  # noqa: E402
from wire.messages import RESET_CAUSES  # noqa: E402

INTERPRETERS = ("micropython",)


def woken(cause, scratch4=0):
    chips.begin()
    world.cause, world.scratch4 = cause, scratch4
    return Board({}, Panel())


def test_a_pause_is_micropythons_own_which_needs_no_memory_and_nothing_around_it():
    import asyncio

    board = woken(MachineModule.PWRON_RESET)
    before, asyncio.sleep_ms = asyncio.sleep_ms, lambda ms: ("slept", ms)
    try:
        assert board.pause(5) == ("slept", 5)
    finally:
        asyncio.sleep_ms = before


def test_a_boot_has_the_cause_that_it_had_though_the_chip_calls_two_of_them_the_same():
    causes = [
        woken(MachineModule.PWRON_RESET).cause,
        woken(MachineModule.WDT_RESET, _RAN_OUT).cause,
        woken(MachineModule.WDT_RESET).cause,
        woken(77).cause,
        woken(MachineModule.PWRON_RESET, _RAN_OUT).cause,
    ]
    assert causes == ["power", "watchdog", "reset", "unknown", "power"]
    assert set(causes) <= set(RESET_CAUSES)


class Here(Network):
    """A network that is this computer."""

    proofs = 0

    async def address(self, host):
        return "127.0.0.1"

    def proven(self):
        self.proofs += 1


async def dialled_and_read(board):
    line = await board.dial("broker.example", 1, False, None)  # where nobody listens
    try:
        await line.read()  # MicroPython finds it out no sooner
    finally:
        line.close()


def test_a_computer_that_refuses_the_connection_proves_the_network_and_is_named():
    board = woken(MachineModule.PWRON_RESET)
    board._network = Here()
    try:
        run(dialled_and_read(board))
        raise AssertionError("somebody listens")
    except OSError as e:
        assert board.explain(e) == "no connection to the broker: ECONNREFUSED"
    assert board._network.proofs == 1


def test_the_watchdog_runs_from_the_start_and_is_fed_only_by_feeding():
    board = woken(MachineModule.PWRON_RESET)
    assert world.watchdog_ms == WATCHDOG_MS
    before = len(world.fed)
    board.tell_time(0, True)
    board.light(1, 100)
    assert len(world.fed) == before
    board.feed()
    assert len(world.fed) == before + 1


def test_an_error_is_a_sentence_whatever_it_brought_along():
    board = woken(MachineModule.PWRON_RESET)
    assert board.explain(OSError(5, "TLS: the name is wrong")) == "TLS: the name is wrong"
    assert board.explain(OSError(111)) == "no connection to the broker: ECONNREFUSED"
    assert board.explain(OSError(-2)) == "no connection to the broker: -2"


class Clumsy:
    """Lines typed, some of which find no memory."""

    def __init__(self):
        self.given = ["a", MemoryError(), "b", MemoryError(), MemoryError(), "c"]

    async def next(self):
        if not self.given:
            raise NothingMore
        found = self.given.pop(0)
        if isinstance(found, MemoryError):
            raise found
        return found


class NothingMore(Exception):
    pass


def test_a_line_that_finds_no_memory_is_lost_and_those_after_it_are_not():
    board = woken(MachineModule.PWRON_RESET)
    board.keyboard = Clumsy
    said, lines = [], []
    board.log = said.append
    try:
        run(board.serve(lines.append))
    except NothingMore:
        said.append("and no more")
    assert lines == ["a", "b", "c"]
    assert said == ["ready"] + 3 * ["the memory was full: type it again"] + ["and no more"]
