"""A connection to a broker over asyncio's streams, plain or TLS: the same calls on both interpreters."""

import asyncio
from binascii import a2b_base64
from errno import EIO, ENOMEM, ETIMEDOUT, errorcode

_TCP = 6  # IPPROTO_TCP
_NODELAY = 1  # a tap must not wait 40 ms for company
DIAL_S = 10
WRITE_S = 20
READ = 512
_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END"


class Link:
    """Bytes to and from the broker. Everything raises OSError when the connection is over."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    async def read(self):
        """What has come, at most READ bytes; nothing when the other side closed."""
        return await _plainly(self._reader.read(READ))

    async def write(self, content):
        self._writer.write(content)
        await _within(WRITE_S, self._writer.drain())

    def close(self):
        self._writer.close()


async def dial(host, port, tls, ca, address=None):  # section: a step of a TLS handshake
    """A Link to the broker. ``ca``: the authority's certificate as PEM text, where ``tls`` is true. Raises OSError.

    ``address``: where ``host`` is, when that is known; the certificate must still bear the name ``host``.
    """
    if tls:
        opening = asyncio.open_connection(address or host, port, ssl=_context(ca), server_hostname=host)
    else:
        opening = asyncio.open_connection(address or host, port)
    reader, writer = await _within(DIAL_S, opening)
    _hurry(writer)
    return Link(reader, writer)


def reason(why):
    """An error's number by its name."""
    return str(errorcode.get(why, why))


def _context(ca):  # section: a step of a TLS handshake
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        for certificate in _certificates(ca):
            context.load_verify_locations(cadata=certificate)
    except OSError:
        raise
    except ValueError as e:
        raise OSError(EIO, "the ca in config.json: " + str(e.args[0])) from None
    return context


def _certificates(pem):
    """PEM text as DER, one at a time: a Pico's Mbed TLS reads no PEM."""
    return [a2b_base64(part.split(_END)[0]) for part in pem.split(_BEGIN)[1:]]


def _hurry(writer):
    """CPython's asyncio sets TCP_NODELAY by itself; MicroPython's does not."""
    try:
        writer.s.setsockopt(_TCP, _NODELAY, 1)
    except (AttributeError, OSError):
        pass


async def _within(seconds, doing):
    try:
        return await _plainly(asyncio.wait_for(doing, seconds))
    except asyncio.TimeoutError:
        raise OSError(ETIMEDOUT, "no answer within %d s" % seconds) from None


async def _plainly(doing):
    """MicroPython raises ValueError for a certificate it refuses, and TLS needs much memory in one piece."""
    try:
        return await doing
    except OSError:
        raise  # on CPython a refused certificate is both
    except ValueError as e:
        raise OSError(EIO, "TLS: " + str(e.args[0]).strip()) from None
    except MemoryError:
        raise OSError(ENOMEM, "no memory for the connection") from None
