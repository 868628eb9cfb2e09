"""What a Pico learns from its link: bytes and refusals prove the network, a refused date makes it doubt its own."""

import sys
from errno import ECONNREFUSED, ECONNRESET, EIO, ENOMEM, ETIMEDOUT

from tests.board.pico import chips

chips.put_in()

from board import link  # noqa: E402
from board.calendar import EARLIEST_S, Calendar  # noqa: E402
from board.pico import Line  # noqa: E402
from board.wifi import Wifi  # noqa: E402

from tests.board.pico.chips import joined, run, world  # noqa: E402

INTERPRETERS = ("micropython",)
FLASHED_S = EARLIEST_S + 1000000


class Wire:
    """A link that gives what it was made with: bytes, or an error from both ways."""

    def __init__(self, said):
        self.said = said
        self.written = []
        self.open = True

    async def read(self):
        if isinstance(self.said, Exception):
            raise self.said
        return self.said

    async def write(self, content):
        if isinstance(self.said, Exception):
            raise self.said
        self.written.append(content)

    def close(self):
        self.open = False


class Bench:
    """A Line over a Wire, with a calendar and a count of proofs."""

    def __init__(self, said):
        chips.begin()
        self.proofs = 0
        self.calendar = Calendar(FLASHED_S)
        self.wire = Wire(said)
        self.line = Line(self.wire, self.proven, self.calendar.doubt)

    def proven(self):
        self.proofs += 1

    def ended_by(self, doing):
        """The error that came through."""
        try:
            run(doing)
        except OSError as e:
            return e
        raise AssertionError("nothing was raised")

    def doubts(self):
        """Whether the date is another than the one it was flashed with."""
        return chips.TimeModule.time() < FLASHED_S


def both_ways(said):
    """A bench each whose reading, and whose writing, ended with the error ``said``."""
    for way in ("read", "write"):
        bench = Bench(said)
        doing = bench.line.read() if way == "read" else bench.line.write(b"x")
        assert bench.ended_by(doing) is said
        yield bench


def test_bytes_that_come_prove_the_network_and_bytes_that_go_prove_nothing():
    bench = Bench(b"bytes")
    run(bench.line.write(b"out"))
    assert bench.wire.written == [b"out"] and bench.proofs == 0
    assert run(bench.line.read()) == b"bytes"
    assert bench.proofs == 1 and not bench.doubts()


def test_a_refusal_is_an_answer_of_the_network_and_not_a_word_about_the_date():
    for why in (ECONNREFUSED, ECONNRESET):
        for bench in both_ways(OSError(why)):
            assert bench.proofs == 1 and not bench.doubts()


def test_a_certificate_refused_for_its_date_makes_the_calendar_doubt():
    for word in ("expired", "future"):
        refused = link.named(ValueError("the certificate's validity: " + word), True)
        assert link.is_of_date(refused)
        for bench in both_ways(refused):
            assert bench.doubts() and bench.proofs == 0


def test_other_errors_prove_nothing_and_leave_the_date_alone():
    for error in (OSError(ETIMEDOUT), OSError(EIO, "TLS: no"), OSError(-2), OSError()):
        for bench in both_ways(error):
            assert bench.proofs == 0 and not bench.doubts()


def test_whatever_mbed_tls_finds_no_memory_for_is_said_as_such_with_or_without_its_words():
    for error in (
        MemoryError(),
        OSError(ENOMEM, "no memory for the connection"),
        OSError(-0x4290, "MBEDTLS_ERR_RSA_PUBLIC_FAILED+MBEDTLS_ERR_MPI_ALLOC_FAILED"),
        OSError(-0x4290),
        OSError(-0x2880),
        OSError(-0x4D80),
        OSError(0x10),
    ):
        assert link.named(error, True).args == (ENOMEM, "no memory for the connection")
    for error in (OSError(-0x7780, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE"), OSError(-0x7780), OSError(-2), OSError()):
        assert link.named(error, True) is error
    assert link.named(OSError(0x10), False).args == (0x10,)  # without TLS it is what the system calls so


class FullTls:
    """The module ``tls`` on a heap that may be full: then MicroPython says the same as of a bad certificate."""

    PROTOCOL_TLS_CLIENT = CERT_REQUIRED = 0
    full = False

    def SSLContext(self, _):
        return self

    def load_verify_locations(self, _):
        if self.full:
            raise ValueError("invalid cert")


def test_an_authority_that_was_good_in_this_boot_is_not_said_to_be_bad_when_memory_is_short():
    tls = sys.modules["tls"] = FullTls()
    try:
        good = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        link._context(good)
        tls.full = True
        for ca, number in ((good, ENOMEM), ("the next: " + good, EIO)):
            try:
                link._context(ca)
                raise AssertionError("it was taken")
            except OSError as e:
                assert e.args[0] == number
    finally:
        del sys.modules["tls"]


def test_a_line_that_is_closed_closes_the_link_below():
    bench = Bench(b"")
    bench.line.close()
    assert not bench.wire.open


def test_a_wifi_over_which_bytes_come_is_left_alone_and_a_silent_one_is_not():
    for said, doubted in ((b"bytes", False), (OSError(ECONNREFUSED), False), (OSError(ETIMEDOUT), True)):
        chips.begin()
        wifi = Wifi({"ssid": "town", "key": "the network's key"}, "lobby-1")
        for _ in range(6):
            assert joined(wifi) is None
            line = Line(Wire(said), wifi.proven, None)
            try:
                run(line.read())
            except OSError as e:
                assert e is said
        assert ("disconnect" in world.did) == doubted, (said, world.did)
