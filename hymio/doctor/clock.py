"""Whether this computer's clock is right: kiosks take their time from it, and days end by it."""

import ctypes
import os
import socket
import struct
import time
from collections.abc import Iterator

from sqlalchemy import Engine, func, select, text

from collector.database import store
from collector.database.tables import kiosk_state
from hymio.doctor.finding import Finding, bad, ok, warn

OFF_S = 1.0
BAD_S = 30.0
_AHEAD_MS = 60_000
_PATIENCE_S = 3.0
_UNSYNCHRONIZED = 0x40  # STA_UNSYNC of adjtimex(2)
_1900_TO_1970_S = 2_208_988_800
_TODO = "let the system keep the clock by NTP (systemd-timesyncd, chrony), then look again"


def check(engine: Engine, time_server: str | None) -> Iterator[Finding]:
    """``time_server``: HOST or HOST:PORT, asked by SNTP; None: nobody outside is asked."""
    if time_server is not None:
        yield from _asked(time_server)
    yield from _database(engine)
    yield from _kept(_kernel_status())


def _asked(time_server: str) -> Iterator[Finding]:
    host, _, port = time_server.partition(":")
    try:
        off_s = ask(host, int(port or 123))
    except (OSError, ValueError, struct.error) as fault:
        yield warn(f"the time server {time_server} did not answer: {fault}", "name another with --time-server")
        return
    yield _judged(off_s, f"the time server {time_server}")


def _judged(off_s: float, whom: str) -> Finding:
    seen = f"this computer's clock is {abs(off_s):.1f} s {'behind' if off_s > 0 else 'ahead of'} {whom}"
    if abs(off_s) > BAD_S:
        return bad(seen, _TODO)
    return warn(seen, _TODO) if abs(off_s) > OFF_S else ok(f"this computer's clock agrees with {whom}")


def ask(host: str, port: int) -> float:
    """How many seconds the server's clock is ahead of ours (RFC 4330). Raises OSError, ValueError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(_PATIENCE_S)
        line.connect((host, port))
        sent_s = time.time()
        line.send(b"\x23" + bytes(47))  # version 4, client
        answer = line.recv(512)
        came_s = time.time()
    if len(answer) < 48 or answer[0] & 7 != 4 or answer[1] == 0:
        raise ValueError("it told no time")
    received_s, transmitted_s = (_seconds(answer, at) for at in (32, 40))
    return ((received_s - sent_s) + (transmitted_s - came_s)) / 2


def _seconds(answer: bytes, at: int) -> float:
    whole, fraction = struct.unpack_from("!II", answer, at)
    return float(whole - _1900_TO_1970_S + fraction / (1 << 32))


def _database(engine: Engine) -> Iterator[Finding]:
    with store.reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            theirs = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar()
            yield _judged(float(theirs or 0) - time.time(), "the database's computer")
        newest = connection.execute(select(func.max(kiosk_state.c.last_seen_utc_ms))).scalar()
    ahead_ms = (newest or 0) - time.time() * 1000
    if ahead_ms > _AHEAD_MS:
        seen = f"a kiosk was heard of {ahead_ms / 1000:.0f} s from now: the clock was ahead then, or is behind now"
        yield bad(seen, _TODO)


def _kept(status: int | None) -> Iterator[Finding]:
    if status is None:
        yield warn("this system does not tell whether its clock is kept", "ask a time server with --time-server")
    elif status & _UNSYNCHRONIZED:
        yield warn("the system says that nobody keeps its clock", _TODO)
    else:
        yield ok("the system says that its clock is kept by a time server")


def _kernel_status() -> int | None:
    """What adjtimex(2) says, which changes nothing when it is asked for nothing."""
    if os.uname().sysname != "Linux":
        return None
    words = (ctypes.c_long * 64)()  # struct timex: modes, then the status as the sixth word of a 64-bit system
    if ctypes.sizeof(ctypes.c_long) != 8 or ctypes.CDLL(None).adjtimex(words) < 0:
        return None
    return int(words[5] & 0xFFFF)
