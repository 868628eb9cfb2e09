"""A Pico W as it ships, but that the line ``stick`` on USB makes the buttons' task wait for ever.

It is board/bed.py in the image that the emulated Pico W is flashed with.
"""

import asyncio

from board import pico_w


class Board(pico_w.Board):
    async def serve(self, typed):
        def stick(line):
            if line == "stick":
                self.edges.wait = _for_ever
            else:
                typed(line)

        await super().serve(stick)


async def _for_ever(_):
    while True:
        await asyncio.sleep(3600)
