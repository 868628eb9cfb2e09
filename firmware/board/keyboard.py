"""Lines typed at the USB serial port, without waiting for them to end."""

import asyncio
import sys

_MOST = 80
BREATHER_MS = 1000  # for a memory that was full when somebody typed
NO_MEMORY = "the memory was full: type it again"


async def listen(take, pause, log):
    """Awaits ``take()`` for ever, which takes a line. One that finds no memory is lost, and told, and ends nothing."""
    short = False
    while True:
        try:
            if short:
                await pause(BREATHER_MS)
                short = False
                log(NO_MEMORY)
            await take()
        except MemoryError:
            short = True


class Keyboard:
    """Ctrl-C is MicroPython's own and never arrives here."""

    def __init__(self):
        self._reader = asyncio.StreamReader(sys.stdin.buffer)

    async def next(self):
        """The next line without its end, CR or LF; of a longer one the first _MOST bytes."""
        line = b""
        while True:
            byte = await self._reader.read(1)
            if byte in (b"\r", b"\n"):
                if line:
                    return line.decode()
            elif len(line) < _MOST and byte and 32 <= byte[0] < 127:
                line += byte
