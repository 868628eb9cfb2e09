"""A journal's records: 16 bytes each, whole or not at all.

    tap     kind 1 | face | flags | lag      | seq 4    | uptime_ms 4+1 ... see ``_TAP``
    boot    kind 2 | cause                   | boot 4   | next seq 4
    anchor  kind 3 | source                  | uptime_ms 40 bits | utc_ms 48 bits
    mark    kind 4                           | seq 4
    alive   kind 5                           | uptime_ms 48 bits
    head    kind 6 | count                   | first seq 4 | uptime_ms 40 bits
    faces   kind 7                           | width_ms 24 bits | 2 bits a tap, the first lowest, each face − 1
    thinned kind 8                           | segment 24 bits | total 4 | boot 4

A head and the faces right behind it are a block: up to 32 taps of one boot whose times are known to lie within
``width_ms`` from ``uptime_ms`` on. What thinning made of a segment ends with a ``thinned``: the segment's number, how
many taps were thinned since the journal was made, and the boot that was running when the next segment began.

The last four bytes are the CRC-32 of the first twelve. A tap's ``lag`` says for free what a mark record says: the acked
mark stood that many seqs below this tap's predecessor (255: further than that, or not said).
"""

from binascii import crc32
from collections import namedtuple

SIZE = 16

Tap = namedtuple("Tap", ("seq", "face", "flags", "uptime_ms", "lag"))
Boot = namedtuple("Boot", ("boot", "cause", "next_seq"))
Anchor = namedtuple("Anchor", ("uptime_ms", "utc_ms", "source"))
Mark = namedtuple("Mark", ("seq",))
Alive = namedtuple("Alive", ("uptime_ms",))
Head = namedtuple("Head", ("seq", "count", "uptime_ms"))
Faces = namedtuple("Faces", ("width_ms", "bits"))
Thinned = namedtuple("Thinned", ("number", "total", "boot"))

LAG_UNKNOWN = 255
MAX_UPTIME_MS = 0xFFFFFFFFFF  # 40 bits: 34 years without a restart

_TAP = 1
_BOOT = 2
_ANCHOR = 3
_MARK = 4
_ALIVE = 5
_HEAD = 6
_FACES = 7
_THINNED = 8
OF_TAPS = (_TAP, _HEAD, _FACES)


def write(record):
    """The 16 bytes of a record. Numbers must fit their places; uptimes above MAX_UPTIME_MS are the caller's mistake."""
    if isinstance(record, Tap):
        head = bytes((_TAP << 4 | record.face, record.flags, record.lag))
        body = head + record.seq.to_bytes(4, "little") + record.uptime_ms.to_bytes(5, "little")
    elif isinstance(record, Boot):
        body = (
            bytes((_BOOT << 4, record.cause))
            + record.boot.to_bytes(4, "little")
            + record.next_seq.to_bytes(6, "little")
        )
    elif isinstance(record, Anchor):
        head = bytes((_ANCHOR << 4 | record.source,))
        body = head + record.uptime_ms.to_bytes(5, "little") + record.utc_ms.to_bytes(6, "little")
    elif isinstance(record, Mark):
        body = bytes((_MARK << 4,)) + record.seq.to_bytes(11, "little")
    elif isinstance(record, Head):
        head = bytes((_HEAD << 4, record.count)) + record.seq.to_bytes(4, "little")
        body = head + record.uptime_ms.to_bytes(6, "little")
    elif isinstance(record, Faces):
        body = bytes((_FACES << 4,)) + record.width_ms.to_bytes(3, "little") + record.bits
    elif isinstance(record, Thinned):
        head = bytes((_THINNED << 4,)) + record.number.to_bytes(3, "little")
        body = head + record.total.to_bytes(4, "little") + record.boot.to_bytes(4, "little")
    else:
        body = bytes((_ALIVE << 4,)) + record.uptime_ms.to_bytes(11, "little")
    return body + (crc32(body) & 0xFFFFFFFF).to_bytes(4, "little")


def read(raw):
    """The record in 16 bytes, or None when they are not what was written."""
    if len(raw) != SIZE:
        return None
    body = bytes(raw[:12])
    if (crc32(body) & 0xFFFFFFFF) != int.from_bytes(bytes(raw[12:]), "little"):
        return None
    kind = body[0] >> 4
    if kind == _TAP:
        seq = int.from_bytes(body[3:7], "little")
        return Tap(seq, body[0] & 15, body[1], int.from_bytes(body[7:12], "little"), body[2])
    if kind == _BOOT:
        return Boot(int.from_bytes(body[2:6], "little"), body[1], int.from_bytes(body[6:12], "little"))
    if kind == _ANCHOR:
        return Anchor(int.from_bytes(body[1:6], "little"), int.from_bytes(body[6:12], "little"), body[0] & 15)
    if kind == _MARK:
        return Mark(int.from_bytes(body[1:12], "little"))
    if kind == _ALIVE:
        return Alive(int.from_bytes(body[1:12], "little"))
    if kind == _HEAD:
        return Head(int.from_bytes(body[2:6], "little"), body[1], int.from_bytes(body[6:12], "little"))
    if kind == _FACES:
        return Faces(int.from_bytes(body[1:4], "little"), body[4:])
    if kind == _THINNED:
        number, total = int.from_bytes(body[1:4], "little"), int.from_bytes(body[4:8], "little")
        return Thinned(number, total, int.from_bytes(body[8:12], "little"))
    return None
