"""Lines typed at the USB serial port, without waiting for them to end."""

import asyncio
import sys

_MOST = 80


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
