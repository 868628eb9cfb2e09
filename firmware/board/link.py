"""A connection to a broker over asyncio's streams, plain or TLS: the same calls on both interpreters."""

import asyncio
from binascii import a2b_base64
from errno import ECONNRESET, EIO, ENOMEM, ETIMEDOUT, errorcode

_TCP = 6  # IPPROTO_TCP
_NODELAY = 1  # a tap must not wait 40 ms for company
DIAL_S = 10
WRITE_S = 20
READ = 512
_CERTIFICATE = "TLS: the broker's certificate "
_DATED = ", or this kiosk's date is wrong"
_NO_TLS = "TLS: the broker does not speak TLS on this port"
_CUT = "TLS: the broker cut the connection before it was safe; does it speak TLS on this port?"
# What Mbed TLS and OpenSSL say, and what we say. Mbed TLS says all that is wrong at once; the first here is told.
_WHY = (
    (("trusted CA", "self-signed", "self signed", "local issuer"), _CERTIFICATE + "is not by the ca of config.json"),
    (("expected CN", "mismatch"), _CERTIFICATE + "is for another name"),
    (("expired",), _CERTIFICATE + "has expired" + _DATED),
    (("future", "not yet valid"), _CERTIFICATE + "is not valid yet" + _DATED),
    (("INVALID_RECORD", "WRONG_VERSION"), _NO_TLS),
)
# Mbed TLS that finds no memory (its header files): the words, where there is memory for them; else a high code and a
# low one in one number, negative. MicroPython makes a low one that stands alone positive: then only the first of these
# is told from a system's error, the second being EISCONN.
_REFUSED = "ALLOC_FAILED"
_REFUSED_LOW = (0x10, 0x6A)  # big numbers, ASN.1
_REFUSED_HIGH = (0x2880, 0x3F80, 0x4D80, 0x5180, 0x6180)  # X.509, keys, curves, digests, ciphers
_NO_MEMORY = "no memory for the connection"
_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END"

_taken = None  # the authority's certificate that was good once in this boot


class Link:
    """Bytes to and from the broker. Everything raises OSError when the connection is over.

    Reading and writing find out at about the same time, and only the first is told the reason: it is kept for both.
    """

    def __init__(self, reader, writer, tls):
        self._reader = reader
        self._writer = writer
        self._untried = tls  # nothing came through TLS yet
        self._over = None

    async def read(self):
        """What has come, at most READ bytes; nothing when the other side closed."""
        try:
            got = await self._reader.read(READ)
        except Exception as e:
            raise self._named(e) from None
        if self._untried and not got:
            raise self._named(OSError(ECONNRESET))
        self._untried = False
        return got

    async def write(self, content):
        try:
            self._writer.write(content)  # MicroPython's begins to write at once
            await _within(WRITE_S, self._writer.drain())
        except Exception as e:
            raise self._named(e) from None

    def close(self):
        """At once: what was not sent yet is not sent. Whoever reads or writes must have been cancelled before."""
        if hasattr(self._writer, "transport"):
            self._writer.transport.abort()  # CPython's close() would go on sending
        else:
            self._writer.s.close()  # MicroPython's Stream.close() does nothing; this gives back TLS's memory, too

    def _named(self, error):
        self._over = self._over or named(error, self._untried)
        return self._over


async def dial(host, port, tls, ca, address=None):  # section: a step of a TLS handshake
    """A Link to the broker. ``ca``: the authority's certificate as PEM text, where ``tls`` is true. Raises OSError.

    ``address``: where ``host`` is, when that is known; the certificate must still bear the name ``host``.
    """
    if tls:
        opening = asyncio.open_connection(address or host, port, ssl=_context(ca), server_hostname=host)
    else:
        opening = asyncio.open_connection(address or host, port)
    try:
        reader, writer = await _within(DIAL_S, opening)
    except Exception as e:
        raise named(e, tls) from None
    _hurry(writer)
    return Link(reader, writer, tls)


def reason(why):
    """An error's number by its name."""
    return str(errorcode.get(why, why))


def named(error, untried):
    """An OSError for whatever ended a connection, with a sentence where TLS did.

    MicroPython raises ValueError for a certificate that it refuses, and TLS needs much memory in one piece.
    ``untried``: TLS is wanted, and nothing came through it yet.
    """
    said = str(error.args[-1]).strip() if error.args else ""
    for words, sentence in _WHY:
        if any([word in said for word in words]):
            return OSError(EIO, sentence)
    if untried and (error.args[:1] == (ECONNRESET,) or "EOF" in said):
        return OSError(EIO, _CUT)
    if isinstance(error, MemoryError) or _REFUSED in said or (untried and _is_refusal(error)):
        return OSError(ENOMEM, _NO_MEMORY)
    return OSError(EIO, "TLS: " + said) if isinstance(error, ValueError) and not isinstance(error, OSError) else error


def _is_refusal(error):
    code = error.args[0] if error.args else None
    if not isinstance(code, int) or code >= 0:
        return code == _REFUSED_LOW[0]
    low = -code & 0x7F
    return low in _REFUSED_LOW or -code - low in _REFUSED_HIGH


def is_of_date(error):
    """Whether an OSError of ours says that a certificate was refused for its date."""
    return bool(error.args) and str(error.args[-1]).endswith(_DATED)


def _context(ca):  # section: a step of a TLS handshake
    global _taken
    try:
        import tls  # MicroPython's own; its ssl wraps it, at the heap's expense
    except ImportError:
        context, trust = _on_cpython()
    else:
        context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        context.verify_mode = tls.CERT_REQUIRED
        trust = context.load_verify_locations
    try:
        for certificate in _certificates(ca):
            trust(certificate)
    except OSError:
        raise
    except ValueError as e:
        if ca is _taken:  # MicroPython calls a certificate invalid that it finds no memory for
            raise OSError(ENOMEM, _NO_MEMORY) from None
        raise OSError(EIO, "the ca in config.json: " + str(e.args[0])) from None
    _taken = ca
    return context


def _on_cpython():  # section: a step of a TLS handshake
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return context, lambda certificate: context.load_verify_locations(cadata=certificate)


def _certificates(pem):
    """PEM text as DER, one at a time: a Pico's Mbed TLS reads no PEM."""
    begins = pem.find(_BEGIN)
    while begins >= 0:
        ends = pem.find(_END, begins)
        yield a2b_base64(pem[begins + len(_BEGIN) : ends])
        begins = pem.find(_BEGIN, ends)


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
