"""A connection to a broker over asyncio's streams, plain or TLS: the same calls on both interpreters."""

import asyncio
from errno import ETIMEDOUT

_TCP = 6  # IPPROTO_TCP
_NODELAY = 1  # a tap must not wait 40 ms for company
DIAL_S = 10
WRITE_S = 20
READ = 512


class Link:
    """Bytes to and from the broker. Everything raises OSError when the connection is over."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    async def read(self):
        """What has come, at most READ bytes; nothing when the other side closed."""
        return await self._reader.read(READ)

    async def write(self, content):
        self._writer.write(content)
        await _within(WRITE_S, self._writer.drain())

    def close(self):
        self._writer.close()


async def dial(host, port, tls, ca):
    """A Link to the broker. ``ca``: the authority's certificate as PEM text, where ``tls`` is true. Raises OSError."""
    if tls:
        opening = asyncio.open_connection(host, port, ssl=_context(ca), server_hostname=host)
    else:
        opening = asyncio.open_connection(host, port)
    reader, writer = await _within(DIAL_S, opening)
    _hurry(writer)
    return Link(reader, writer)


def _context(ca):
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca)
    return context


def _hurry(writer):
    """CPython's asyncio sets TCP_NODELAY by itself; MicroPython's does not."""
    try:
        writer.s.setsockopt(_TCP, _NODELAY, 1)
    except (AttributeError, OSError):
        pass


async def _within(seconds, doing):
    try:
        return await asyncio.wait_for(doing, seconds)
    except asyncio.TimeoutError:
        raise OSError(ETIMEDOUT, "no answer within %d s" % seconds) from None
