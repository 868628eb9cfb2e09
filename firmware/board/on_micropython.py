"""This computer under MicroPython: littlefs in a file, wrapping ticks, standard input byte by byte."""

import asyncio
import gc
import sys
from time import ticks_diff, ticks_ms  # noqa: F401

from board.files import LittleFiles
from board.flashfile import mount

_ROOT = "/flash"


def open_files(flash):
    """The littlefs in the file ``flash``; the one this kiosk stands on when there is none."""
    if flash is None:
        return LittleFiles("")
    mount(flash, _ROOT)
    return LittleFiles(_ROOT)


def heap_free():
    gc.collect()  # as on a board
    return gc.mem_free()


def end(status):
    sys.exit(status)


def say(line):
    sys.stdout.write(line + "\n")


class Input:
    """Lines of standard input. A byte at a time: a longer read would wait until its buffer is full."""

    async def open(self):
        self._reader = asyncio.StreamReader(sys.stdin.buffer)

    async def line(self):
        """The next line with its end; "" at the end of input. One that is no UTF-8 says nothing: it is empty."""
        line = b""
        while not line.endswith(b"\n"):
            byte = await self._reader.read(1)
            if not byte:
                break
            line += byte
        try:
            return line.decode()
        except UnicodeError:
            return "\n"
