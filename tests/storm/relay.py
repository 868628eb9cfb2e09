"""A link between kiosks and their broker that can be cut and slowed: a TCP relay in a thread."""

import asyncio
import contextlib
import threading

LOOPBACK = "127.0.0.1"


class Relay:
    """Connections to ``port`` go on to ``target``. ``delay_s`` holds every piece up, in both directions."""

    def __init__(self, target):
        self._target = target
        self._pairs = set()
        self.delay_s = 0.0
        self._open = True
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._carry, LOOPBACK, 0))
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self):
        """All connections end at once, and none is let through until ``mend``."""
        self._open = False
        self._do(self._abort())

    def mend(self):
        self._open = True

    def close(self):
        self.cut()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _abort(self):
        for writer in list(self._pairs):
            writer.transport.abort()

    async def _carry(self, reader, writer):
        try:
            if not self._open:
                raise OSError
            there, back = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            writer.transport.abort()
            return
        self._pairs |= {writer, back}
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        self._pairs -= {writer, back}

    async def _pump(self, reader, writer):
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()
