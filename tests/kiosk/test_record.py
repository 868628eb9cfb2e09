"""Sixteen bytes, whole or not at all."""

from kiosk import record
from kiosk.record import MAX_UPTIME_MS, Alive, Anchor, Boot, Mark, Tap

from tests.kiosk.desk import NOW_UTC_MS

EVERY = (
    Tap(1, 4, 0, 0, 0),
    Tap(0x7FFFFFFF, 1, 3, MAX_UPTIME_MS, 255),
    Boot(17, 1, 512),
    Boot(0x7FFFFFFF, 3, 0x7FFFFFFF),
    Anchor(123456, NOW_UTC_MS, 1),
    Anchor(MAX_UPTIME_MS, 4102444800000, 2),
    Mark(0),
    Mark(0x7FFFFFFF),
    Alive(3600000),
)


def test_what_is_written_is_read():
    for found in EVERY:
        raw = record.write(found)
        assert len(raw) == record.SIZE
        assert record.read(raw) == found and type(record.read(raw)) is type(found)


def test_one_flipped_bit_anywhere_makes_it_unreadable():
    for found in EVERY:
        raw = record.write(found)
        for bit in range(8 * record.SIZE):
            torn = bytearray(raw)
            torn[bit // 8] ^= 1 << bit % 8
            assert record.read(torn) is None


def test_a_short_an_empty_and_an_erased_record_are_none():
    assert record.read(b"") is None
    assert record.read(record.write(EVERY[0])[:15]) is None
    assert record.read(b"\xff" * 16) is None
    assert record.read(b"\0" * 16) is None
