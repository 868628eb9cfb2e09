"""Firmware on offer: whole, in pieces, and as a manifest that one kiosk believes."""

import hashlib

import pytest

from collector.answers import release
from collector.answers.release import ReleaseError
from tests.collector.site import NOW_MS
from wire import manifest

FILES = {"main.py": b"start()", "kiosk/tap.mpy": bytes(range(256)) * 10, "wire/codec.mpy": b"M\x06"}
KEY = bytes(range(32))


def offer(site, version="0.2.0+00000001", files=FILES, now_ms=NOW_MS):
    return release.offer(site.engine, version, files, now_ms)


@pytest.fixture
def reading(site):
    with site.engine.connect() as connection:
        yield connection


def test_what_is_offered_is_listed_the_newest_first(site, reading):
    assert offer(site)
    assert offer(site, "0.2.0+00000002", now_ms=NOW_MS + 1)
    size = sum(map(len, FILES.values()))
    assert release.on_offer(reading) == [
        ("0.2.0+00000002", NOW_MS + 1, 3, size),
        ("0.2.0+00000001", NOW_MS, 3, size),
    ]


def test_the_same_version_again_changes_nothing(site, reading):
    offer(site)
    assert offer(site, files={"main.py": b"other"}) is False
    assert release.piece_of(reading, "0.2.0+00000001", "main.py", 0) == (7, b"start()")


def test_the_manifest_is_signed_for_one_kiosk_names_every_file_and_ends_with_main(site, reading):
    offer(site)
    signed = release.manifest_of(reading, "0.2.0+00000001", KEY)
    assert manifest.is_signed(signed, KEY)
    assert not manifest.is_signed(signed, bytes(32))
    found = manifest.parse(signed)
    assert found.version == "0.2.0+00000001"
    assert {e.path: (e.size, e.sha256) for e in found.entries} == {
        path: (len(data), hashlib.sha256(data).hexdigest()) for path, data in FILES.items()
    }
    assert found.entries[-1].path == "main.py"
    assert len(release.manifest_of(reading, "0.2.0+00000001", None)) == len(signed)
    assert release.manifest_of(reading, "0.9.9", KEY) is None


def test_the_pieces_of_a_file_together_are_the_file(site, reading):
    offer(site)
    got, offset = b"", 0
    while True:
        size, data = release.piece_of(reading, "0.2.0+00000001", "kiosk/tap.mpy", offset)
        assert size == 2560 and len(data) <= 1024
        if not data:
            break
        got, offset = got + data, offset + len(data)
    assert got == FILES["kiosk/tap.mpy"]


@pytest.mark.parametrize("version, path, offset", [("0.9", "main.py", 0), ("0.2.0+00000001", "no.py", 0),
                                                   ("0.2.0+00000001", "main.py", 8)])  # fmt: skip
def test_a_piece_that_is_not_there_is_nothing(site, reading, version, path, offset):
    offer(site)
    assert release.piece_of(reading, version, path, offset) is None


@pytest.mark.parametrize(
    "files, said",
    [
        ({"main.py": b"x", "../boot.py": b"x"}, "wrong line"),
        ({"main.py": b"x", "manifest": b"x"}, "wrong line"),
        ({"kiosk/tap.mpy": b"x"}, r"end with main\.py"),
        ({"main.py": b"x", "kiosk/tap.mpy": b""}, r"kiosk/tap\.mpy is empty"),
    ],
)
def test_what_no_kiosk_could_take_is_not_offered(site, reading, files, said):
    with pytest.raises(ReleaseError, match=said):
        offer(site, files=files)
    assert release.on_offer(reading) == []


def test_what_is_withdrawn_is_gone_and_can_be_offered_again(site, reading):
    offer(site)
    with site.engine.begin() as connection:
        release.withdraw(connection, "0.2.0+00000001")
    assert release.on_offer(reading) == []
    assert site.value("SELECT count(*) FROM release_file") == 0
    with site.engine.begin() as connection, pytest.raises(ReleaseError, match="not on offer"):
        release.withdraw(connection, "0.2.0+00000001")
    reading.rollback()
    assert offer(site)
