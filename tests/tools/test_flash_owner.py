"""Whose board it is, and whose taps wait on it: asked before another kiosk is flashed onto it."""

import json

import pytest

from firmware.tools import resident, usb
from firmware.tools.flash import AnotherKiosk
from firmware.tools.image import build_image
from tests.tools.pty_board import PtyBoard
from tests.tools.technician import CONFIG, ROOT, files_on, flashed, live_on, sizes_on, small_image


def test_a_board_that_is_another_kiosk_is_named_and_becomes_it_only_when_told_to(tmp_path):
    image = build_image(ROOT)
    other = {**CONFIG, "kiosk": "lobby-2"}
    with PtyBoard(tmp_path / "flash") as board:
        flashed(board, image)
    live_on(tmp_path / "flash", 1)
    with PtyBoard(tmp_path / "flash") as board:
        with usb.UsbBoard(board.port) as opened:
            opened.write({"/config.kept": b"settings", "/kiosk.kept": b"lobby-1\nlobby-1"}, lambda *_: None)
        before = sizes_on(board)
        asked = []
        with pytest.raises(AnotherKiosk, match=r"is kiosk lobby-1, with \d+ taps? not stored yet.* become lobby-2; "):
            flashed(board, image, other, settled=lambda *whose: asked.append(whose) or 0)
        ((kiosk, journal),) = asked
        assert kiosk == "lobby-1" and len(journal) == 8
        with pytest.raises(AnotherKiosk, match="lobby-1, all of whose taps are stored, and was to become lobby-2"):
            flashed(board, image, other, settled=lambda *whose: 10**6)
        assert sizes_on(board) == before
        report = flashed(board, image, other, another_kiosk=True)
        assert [path for path in report.removed if path.startswith("/journal/")]
        assert set(sizes_on(board)) == {*image.on_flash(), "/config.json"}
        with usb.UsbBoard(board.port) as opened:
            assert sorted(opened.value("os.listdir('/')")) == ["a", "boot.py", "config.json", "slot"]
        flashed(board, image, other)


BROKEN = b'{"kiosk": "lobby-1", "wifi": {"ssid": "x", "key": "a"b"}}'


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The firmware, and a flash with it and lobby-1's journal, whose last tap is not known to be stored."""
    flash_file, image = tmp_path_factory.mktemp("lived") / "flash", build_image(ROOT)
    with PtyBoard(flash_file) as board:
        flashed(board, image)
    live_on(flash_file, 1)
    return image, flash_file.read_bytes()


def _technicians_board(tmp_path, lived, config, kept):
    """A board that lived, with such a config.json and kiosk.kept; None: there is none."""
    (tmp_path / "flash").write_bytes(lived[1])
    board = PtyBoard(tmp_path / "flash")
    with usb.UsbBoard(board.port) as opened:
        beside = {"/config.json": config, "/kiosk.kept": kept}
        opened.remove(beside)
        opened.write({path: data for path, data in beside.items() if data is not None}, lambda *_: None)
    return board


def _journal(board):
    return {path: data for path, data in files_on(board).items() if path.startswith("/journal/")}


def _boot_as(board, kiosk):
    """What the kiosk of that name does first with the journal that it finds."""
    with usb.UsbBoard(board.port) as opened:
        opened.order("from board.files import LittleFiles\nfrom kiosk.folders import Folders")
        opened.order(f"Folders(LittleFiles(''), 'b0a2d1', os.urandom).belong_to({kiosk!r})")


@pytest.mark.parametrize("config", [BROKEN, None, b'{"kiosk": "lobby-2"}', b"[]", b'{"kiosk": "lobby-2\xff"}'])
def test_the_kiosk_whose_taps_wait_is_found_whatever_became_of_the_configuration(config, tmp_path, lived):
    with _technicians_board(tmp_path, lived, config, b"lobby-1\nlobby-1") as board:
        before = files_on(board)
        with pytest.raises(AnotherKiosk, match=r"is kiosk lobby-1, with \d+ taps? not stored yet.* become lobby-2; "):
            flashed(board, lived[0], {**CONFIG, "kiosk": "lobby-2"})
        assert files_on(board) == before
        assert not flashed(board, lived[0], CONFIG).removed  # it is itself: nobody is asked, and its taps stay
        _boot_as(board, "lobby-1")
        after = files_on(board)
        assert {path: after[path] for path in before if path != "/config.json"} == {
            path: data for path, data in before.items() if path != "/config.json"
        }
        assert json.loads(after["/config.json"]) == CONFIG


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        (BROKEN, None),
        (None, None),
        (b'{"kiosk": 5}', b"lobby-1\nlobbx-1"),
        (None, b"\xff\n\xff"),
        (BROKEN, b"\n"),
    ],
)
def test_taps_of_which_nothing_tells_whose_they_are_stay_until_somebody_says_so(config, kept, tmp_path, lived):
    with _technicians_board(tmp_path, lived, config, kept) as board:
        before = files_on(board)
        with pytest.raises(AnotherKiosk) as caught:
            flashed(board, lived[0])
        assert files_on(board) == before
        assert str(caught.value) == (
            "neither kiosk.kept nor config.json tells which kiosk the board is, and it has a journal, with 1 tap not "
            'stored yet; if it is lobby-1, put a config.json on it that says {"kiosk": "lobby-1"} (mpremote cp '
            "config.json :) and flash it again, which keeps the journal; --another-kiosk removes its journal and its "
            "settings"
        )
        if kept:
            flashed(board, lived[0], another_kiosk=True)
            assert set(sizes_on(board)) == {*lived[0].on_flash(), "/config.json"}
            return
        with usb.UsbBoard(board.port) as opened:  # as the sentence says
            opened.write({"/config.json": b'{"kiosk": "lobby-1"}'}, lambda *_: None)
        flashed(board, lived[0])
        _boot_as(board, "lobby-1")
        assert _journal(board) == {path: data for path, data in before.items() if path.startswith("/journal/")}


def test_where_nothing_tells_who_a_board_is_and_no_tap_waits_it_is_flashed(tmp_path, lived):
    with PtyBoard(tmp_path / "empty") as board:
        assert not flashed(board, small_image("one"), another_kiosk=True).removed
    with _technicians_board(tmp_path, lived, BROKEN, None) as board:
        asked = []
        report = flashed(board, lived[0], settled=lambda *whose: asked.append(whose[0]) or 10**6)
        assert (report.removed, asked) == ((), ["lobby-1"])


def test_where_no_firmware_can_count_the_taps_they_are_taken_for_waiting(tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        with usb.UsbBoard(board.port) as opened:
            opened.write({"/journal/1-0000000a-b0a2d1/now/tail": b"taps"}, lambda *_: None)
        with pytest.raises(AnotherKiosk, match="journal, and how many of its taps are not stored yet cannot be told"):
            flashed(board, small_image("one"))
        assert set(sizes_on(board)) == {"/journal/1-0000000a-b0a2d1/now/tail"}


def test_flashing_finds_the_same_kiosk_as_the_board_does_when_it_starts(tmp_path, lived):
    kept = (None, b"", b"lobby-1", b"\n", b"lobby-1\nlobby-1", b"lobby-2\nlobby-2", b"lobby-1\nlobby-2", b"a\na\na")
    kept += (b"lobby-1\nlobby-1\n", b"\xff\n\xff", b"lobby-1\r\nlobby-1")
    with _technicians_board(tmp_path, lived, None, None) as board, usb.UsbBoard(board.port) as opened:
        opened.order("from board.files import LittleFiles\nfrom kiosk.folders import Folders")
        for said in kept:
            opened.remove(["/kiosk.kept"])
            there = {"/journal/1-0000000a-b0a2d1/now/tail": b"taps"}
            opened.write(there if said is None else {**there, "/kiosk.kept": said}, lambda *_: None)
            another = resident.read(opened).kiosk not in (None, "lobby-2")
            opened.order("Folders(LittleFiles(''), 'b0a2d1', os.urandom).belong_to('lobby-2')")
            assert another is not bool(opened.files_below(["/journal"])), said
