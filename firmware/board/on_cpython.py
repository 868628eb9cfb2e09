"""This computer under CPython: a folder for a flash, the monotonic clock, standard input through a pipe transport."""

import asyncio
import os
import sys
import time

from board.files import FolderFiles


def ticks_ms():
    return time.monotonic_ns() // 1000000


def ticks_diff(new, old):
    return new - old


def open_files(flash):
    os.makedirs(flash + ".d", exist_ok=True)
    return FolderFiles(flash + ".d")


def heap_free():
    """There is no limit worth telling."""
    return 0


def end(status):
    """Without asyncio's farewell: a cancelled ``wait_for`` may go on waiting there (before Python 3.12)."""
    sys.stdout.flush()
    os._exit(status)


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Input:
    """Lines of standard input."""

    async def open(self):
        self._reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(self._reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)

    async def line(self):
        """The next line with its end; "" at the end of input. One that is no UTF-8 says nothing: it is empty."""
        try:
            return (await self._reader.readline()).decode()
        except UnicodeError:
            return "\n"
