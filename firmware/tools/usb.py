"""A MicroPython board on a USB port, spoken to through mpremote's raw REPL. Knows files and the board, not kiosks."""

import base64
import contextlib
import errno
import io
import os
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

CHUNK = 4096
"""Bytes of files in one order; as base64 they fit a Pico's heap many times over."""

_AT_ONCE = 8  # files looked at or removed in one order: a board that says nothing for 10 s is taken for gone

_SILENCE_S = 5
_PATIENCE_S = 1  # a modem manager looks into a port that has just appeared, and lets go of it
_GONE = (OSError, TransportError, struct.error, ValueError)  # what mpremote raises when bytes stop coming

_FULL = ("OSError: 28", "OSError: [Errno 28] ENOSPC")

# Runs on the board once. A file is hashed from what the flash gives back after the write was closed.
_ON_BOARD = """
import os, sys, hashlib, binascii
def _digest(path):
    total = hashlib.sha256()
    block = bytearray(512)
    view = memoryview(block)
    with open(path, 'rb') as file:
        while True:
            n = file.readinto(block)
            if not n:
                return binascii.hexlify(total.digest()).decode()
            total.update(view[:n])
def _kind(path):
    try:
        return os.stat(path or '/')[0]
    except OSError:
        return 0
def _below(path):
    kind = _kind(path)
    if not kind:
        return []
    if not kind & 0x4000:
        return [(path, os.stat(path)[6])]
    return [one for name in os.listdir(path or '/') for one in _below(path + '/' + name)]
def _folder(path):
    for end in range(1, len(path) + 1):
        if path[end:end + 1] in ('', '/') and not _kind(path[:end]):
            os.mkdir(path[:end])
def _text(path):
    if _kind(path):
        with open(path, 'rb') as file:
            return file.read(64)
def _put(path, data):
    with open(path, 'wb') as file:
        file.write(binascii.a2b_base64(data))
def _remove(path):
    if _kind(path):
        os.remove(path)
def _remove_folder(path):
    if _kind(path) and not os.listdir(path):
        os.rmdir(path)
"""

# Once started, the RP2040's and RP2350's watchdog outlives Ctrl-C and a soft reset and would cut the writing short.
# Bit 30 of its CTRL register enables it; 0x3000 above a register is the address that clears bits.
_HOLD_WATCHDOG = """
if sys.platform == 'rp2':
    import machine
    machine.mem32[0x400DB000 if 'RP2350' in sys.implementation._machine else 0x4005B000] = 1 << 30
"""


class FlashError(Exception):
    """Flashing did not succeed; the message says what happened and what to do. It never holds the configuration."""


class NoDevice(FlashError):
    pass


class PortBusy(FlashError):
    pass


class NotMicroPython(FlashError):
    pass


class BoardGone(FlashError):
    pass


class NoSpace(FlashError):
    pass


class BoardFault(FlashError):
    """The board refused an order; the message is the last line of its traceback."""


@dataclass(frozen=True)
class Facts:
    """What a board says of itself: ``platform`` like rp2, ``machine`` its full name, ``bytecode`` its .mpy version."""

    platform: str
    machine: str
    micropython: tuple[int, int, int]
    bytecode: int


class UsbBoard:
    """Use as a context manager; on entry whatever ran on the board has been stopped, on exit the port is free.

    When the block raises, the board is restarted, so that a kiosk that could not be changed goes on counting.
    ``answer_s``: how long it may take until the board has stopped what it was doing.
    """

    def __init__(self, port: str, answer_s: float = 10.0) -> None:
        self.port = port
        self._answer_s = answer_s

    def __enter__(self) -> "UsbBoard":
        self._transport = _opened(self.port)
        try:
            self._enter()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None and not isinstance(error, BoardGone):
            with contextlib.suppress(FlashError):
                self.restart()
        self._close()

    def _enter(self) -> None:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                self._transport.enter_raw_repl(timeout_overall=self._answer_s)
            name = self._transport.eval("__import__('sys').implementation.name")
        except _GONE:
            name = None
        if name != "micropython":
            raise NotMicroPython(
                f"what is at {self.port} does not answer as MicroPython; install MicroPython on the board first "
                "(hold BOOTSEL while plugging it in, then copy the board's UF2 onto the drive that appears)"
            )
        self.order(_ON_BOARD + _HOLD_WATCHDOG)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._transport.close()

    def order(self, code: str) -> None:
        """Runs code on the board. Raises BoardFault where it raises there, BoardGone where no answer comes."""
        self._ask(self._transport.exec, code)

    def value(self, expression: str) -> Any:
        """The value, made of Python literals, of an expression on the board. Raises like ``order``."""
        return self._ask(self._transport.eval, expression)

    def _ask(self, how: Callable[[str], Any], what: str) -> Any:
        # The causes are left out: they quote what was being sent
        try:
            return how(what)
        except TransportExecError as fault:
            lines = fault.error_output.strip().splitlines() or ["no reason given"]
            if lines[-1] in _FULL:
                raise NoSpace(f"the flash of the board at {self.port} is full; remove what need not be there") from None
            raise BoardFault(f"the board at {self.port} refused: {lines[-1]}") from None
        except _GONE:
            raise BoardGone(
                f"the board at {self.port} stopped answering; plug it in again and run the same command once more"
            ) from None

    def facts(self) -> Facts:
        """Asks the board what it is."""
        said = self.value(
            "(sys.platform, getattr(sys.implementation, '_machine', '?'), "
            "sys.implementation.version[:3], getattr(sys.implementation, '_mpy', 0) & 255)"
        )
        platform, machine, version, bytecode = said
        return Facts(platform, machine, tuple(version), bytecode)

    def blocks(self) -> int:
        """How many blocks the board's file system has, taken or not."""
        return self.value("os.statvfs('/')[2]")

    def files_below(self, paths: Iterable[str]) -> dict[str, int]:
        """The size of every file at or below these absolute paths, "" the root's; one that does not exist has none."""
        return dict(self.value(f"[file for path in {list(paths)!r} for file in _below(path)]"))

    def digests(self, paths: Iterable[str]) -> dict[str, str]:
        """SHA-256 in hex, by path, of what the board reads from its flash."""
        asked = list(paths)
        pieces = (asked[at : at + _AT_ONCE] for at in range(0, len(asked), _AT_ONCE))
        return {path: found for some in pieces for path, found in self.value(f"[(p, _digest(p)) for p in {some!r}]")}

    def text(self, path: str) -> str | None:
        """The first 64 bytes of a file, whatever they are; None where there is none."""
        found = self.value(f"_text({path!r})")
        return None if found is None else found.decode(errors="replace")

    def folder(self) -> str:
        """The current one: where boot.py left the board."""
        return self.value("os.getcwd()")

    def write(self, files: Mapping[str, bytes], written: Callable[[str, int], None]) -> None:
        """Writes files and closes them; missing folders are made. ``written`` is told the path and bytes of a piece."""
        self._do(f"_folder({folder!r})" for folder in sorted({path.rpartition("/")[0] for path in files} - {""}))
        orders: list[str] = []
        told: list[tuple[str, int]] = []

        def send() -> None:
            self._do(orders)
            for path, size in told:
                written(path, size)
            orders.clear()
            told.clear()

        for path, data in files.items():
            if sum(size for _, size in told) + len(data) > CHUNK:
                send()
            if len(data) > CHUNK:
                self._write_long(path, data, written)
            else:
                orders.append(f"_put({path!r},{_base64(data)!r})")
                told.append((path, len(data)))
        send()

    def _write_long(self, path: str, data: bytes, written: Callable[[str, int], None]) -> None:
        self.order(f"_file = open({path!r}, 'wb')")
        for at in range(0, len(data), CHUNK):
            piece = data[at : at + CHUNK]
            self.order(f"_file.write(binascii.a2b_base64({_base64(piece)!r}))")
            written(path, len(piece))
        self.order("_file.close()")

    def rename_over(self, old: str, new: str) -> None:
        """On littlefs ``new`` is at every moment the earlier file or the later one."""
        self.order(f"os.rename({old!r}, {new!r})")

    def remove(self, paths: Iterable[str]) -> None:
        """Removes files; does nothing where there is none."""
        asked = list(paths)
        for at in range(0, len(asked), _AT_ONCE):
            self._do(f"_remove({path!r})" for path in asked[at : at + _AT_ONCE])

    def remove_folders(self, paths: Iterable[str]) -> None:
        """Removes folders that are there and empty."""
        self._do(f"_remove_folder({path!r})" for path in paths)

    def _do(self, orders: Iterable[str]) -> None:
        code = "\n".join(orders)
        if code:
            self.order(code)

    def restart(self) -> None:
        """Starts the board's main.py: as after power-up where the board can, by a soft reset elsewhere."""
        if self.value("hasattr(__import__('machine'), 'reset')"):
            with contextlib.suppress(*_GONE):  # it goes away without an answer, as told
                self._transport.exec_raw_no_follow("import machine; machine.reset()")
            return
        with contextlib.suppress(OSError):
            self._transport.exit_raw_repl()
            self._transport.serial.write(b"\x04")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _opened(port: str) -> SerialTransport:
    if os.name == "posix" and not os.path.exists(port):
        raise NoDevice(f"there is no device at {port}; plug the board in, and see `mpremote devs` for its port")
    patient_until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            serial.Serial(port, exclusive=True).close()
            return SerialTransport(port, timeout=_SILENCE_S)
        except (OSError, TransportError) as fault:
            why = _why_not(port, fault)
            if not isinstance(why, PortBusy) or time.monotonic() > patient_until:
                raise why from fault
            time.sleep(0.1)


def _why_not(port: str, fault: Exception) -> FlashError:
    number = getattr(fault, "errno", None)
    # mpremote opens the port a second time and says no reason: what was free is not free any more
    if number in (errno.EAGAIN, errno.EBUSY) or "lock port" in str(fault) or isinstance(fault, TransportError):
        return PortBusy(f"{port} is in use by another program; close it (a serial monitor, an editor) and try again")
    if number == errno.EACCES:
        return PortBusy(f"this user may not open {port}; on Linux join the group dialout and log in again")
    return NoDevice(f"{port} cannot be opened as a serial port; see `mpremote devs` for the board's port")
