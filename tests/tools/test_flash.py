"""Flashing the real MicroPython over a pseudo-terminal, its flash a littlefs."""

import json
import os
import pty
import threading
import tty

import pytest
from kiosk import update
from kiosk.journal import BLOCKS as JOURNAL_BLOCKS

from firmware.tools import room, usb
from firmware.tools.flash import (
    NoNetwork,
    NoSpace,
    TooOld,
    VerificationFailed,
    WrongBoard,
    flash,
    with_network,
)
from firmware.tools.image import Image, build_image
from tests.tools.pty_board import PtyBoard
from tests.tools.technician import BOOT, CONFIG, ROOT, SECRET, files_on, flashed, live_on, small_image


def _says(board, text):
    """Waits for the board's console to say something."""
    for _ in range(2000):
        if text.encode() in board.said:
            return True
        board.unplugged.wait(0.01)
    return False


def test_a_fresh_board_gets_every_file_and_starts(tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        report = flashed(board, small_image("one"))
        assert _says(board, "STARTED one")
        files = files_on(board)
    assert json.loads(files.pop("/config.json")) == CONFIG
    assert files == small_image("one").on_flash()
    assert (report.version, set(report.written)) == ("one", {*files, "/config.json"} - {"/slot"})
    assert (report.unchanged, report.removed, report.born) == ((), (), None)


def test_the_firmware_of_this_repository_loads_on_the_board(tmp_path):
    image = build_image(ROOT)
    with PtyBoard(tmp_path / "flash") as board:
        flashed(board, image)
        modules = [path for path in image.files if path.startswith(("wire/", "kiosk/"))]
        assert len(modules) > 20
        with usb.UsbBoard(board.port) as opened:
            for path in modules:
                name = path.removesuffix(".mpy").removesuffix("/__init__").replace("/", ".")
                opened.order(f"import {name}")
        assert set(files_on(board)) == {*image.on_flash(), "/config.json"}


def test_flashing_over_an_old_version_takes_the_other_slot_and_keeps_the_old_one_and_the_journal(tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        flashed(board, small_image("one", modules=5))
        with usb.UsbBoard(board.port) as opened:
            opened.write({"/journal/0001": b"taps" * 3000, "/notes.txt": b"the technician's own"}, lambda *_: None)
        assert flashed(board, small_image("two", modules=3)).removed == ()
        assert _says(board, "STARTED two")
        files = files_on(board)
        report = flashed(board, small_image("three"))
        assert _says(board, "STARTED three")
        assert set(report.removed) == {"/a/kiosk/part3.py", "/a/kiosk/part4.py"}
        assert set(small_image("three").in_slot("a")) < set(files_on(board))
    assert files.pop("/journal/0001") == b"taps" * 3000
    assert files.pop("/notes.txt") == b"the technician's own"
    assert json.loads(files.pop("/config.json")) == CONFIG
    assert files == {**small_image("one", modules=5).on_flash("a"), **small_image("two", modules=3).on_flash("b")}


def test_a_board_from_before_there_were_slots_is_left_with_slots_alone(tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        with usb.UsbBoard(board.port) as opened:
            old = {f"/{path}": data for path, data in small_image("old").files.items()}
            opened.write(
                {**old, "/board/x.mpy": b"", "/config.json": b'{"kiosk": "lobby-1"}', "/journal/1": b"taps"},
                lambda *_: None,
            )
            opened.restart()
        assert _says(board, "STARTED old")
        report = flashed(board, small_image("one"))
        assert _says(board, "STARTED one")
        assert set(report.removed) == {*old, "/board/x.mpy"}
        assert set(files_on(board)) == {*small_image("one").on_flash("a"), "/config.json", "/journal/1"}
        with usb.UsbBoard(board.port) as opened:
            assert sorted(opened.value("os.listdir('/')")) == ["a", "boot.py", "config.json", "journal", "slot"]


def test_what_is_there_already_is_not_written_again(tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        flashed(board, small_image("one"))
        report = flashed(board, small_image("one"), {**CONFIG, "host": "other.example"})
        assert report.written == ("/config.json",)
        assert set(report.unchanged) == set(small_image("one").on_flash()) - {"/slot"}
        assert flashed(board, small_image("one"), {**CONFIG, "host": "other.example"}).written == ()


@pytest.mark.parametrize("pointer", ["b 3", "b 2", "b -", "b", "?", None])
def test_whatever_the_pointer_says_the_slot_that_starts_is_left_alone_until_the_new_one_is_whole(pointer, tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        with usb.UsbBoard(board.port) as opened:
            files = {**small_image("a").on_flash("a"), **small_image("b").on_flash("b")}
            files["/slot"] = (pointer or "").encode()
            opened.write(files, lambda *_: None)
            if pointer is None:
                opened.remove(["/slot"])
            opened.restart()
        starts, other = ("b", "a") if pointer and pointer[0] == "b" else ("a", "b")
        assert _says(board, "STARTED " + starts)
        report = flashed(board, small_image("new"))
        assert not [path for path in (*report.written, *report.removed) if path.startswith(f"/{starts}/")]
        assert _says(board, "STARTED new")
        assert files_on(board)["/slot"] == other.encode()
        assert flashed(board, small_image(starts)).written  # the other one, which the pointer had left
        assert _says(board, "STARTED " + starts)


def test_progress_counts_the_bytes_to_the_last_one(tmp_path):
    seen = []
    with PtyBoard(tmp_path / "flash") as board:
        flashed(board, small_image("one"), progress=lambda *now: seen.append(now))
    files = {**small_image("one").on_flash(), "/config.json": json.dumps(CONFIG).encode()}
    del files["/slot"]
    total = sum(map(len, files.values()))
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert {total for _, total, _ in seen} == {total}
    assert seen[-1][0] == total
    assert {path for _, _, path in seen} == set(files)


def _bytes_of_a_flash(tmp_path, earlier):
    """How many bytes the host sends to replace version one by version two."""
    with PtyBoard(tmp_path / "measured") as board:
        _begin(board, earlier)
        before = board.heard
        flashed(board, small_image("two"))
        return board.heard - before


def _pull_the_cable(tmp_path, cut, earlier=False):
    """Replaces version one by two, with the cable pulled after ``cut`` bytes; returns what starts then."""
    flash_file = tmp_path / f"cut-{cut}"
    with PtyBoard(flash_file) as board:
        _begin(board, earlier)
    with PtyBoard(flash_file, unplug_after=cut) as board, pytest.raises(usb.BoardGone, match="stopped answering"):
        flashed(board, small_image("two"))
    with PtyBoard(flash_file) as board:
        started = _what_starts(board)
        flashed(board, small_image("two"))
        assert _says(board, "STARTED two")
        files = files_on(board)
        slot = files["/slot"].decode()
        assert {path: files[path] for path in files if path[2:3] != "/" or path[1] == slot} == {
            **small_image("two").on_flash(slot),
            "/config.json": json.dumps(CONFIG).encode(),
        }
    return started


def _begin(board, earlier):
    """Version one, as it lies now or as it lay before there were slots."""
    if not earlier:
        flashed(board, small_image("one"))
        return
    with usb.UsbBoard(board.port) as opened:
        old = {f"/{path}": data for path, data in small_image("one").files.items()}
        opened.write({**old, "/config.json": json.dumps(CONFIG).encode()}, lambda *_: None)


@pytest.mark.parametrize("earlier", [False, True])
def test_a_cable_pulled_while_flashing_leaves_a_whole_kiosk_and_flashing_again_goes_on(earlier, tmp_path):
    whole = _bytes_of_a_flash(tmp_path, earlier)
    cuts = [whole // 3, *(whole - left for left in (1200, 900, 700, 500, 450, 400, 250, 150, 100, 70))]
    assert {_pull_the_cable(tmp_path, cut, earlier) for cut in cuts} == {"one", "two"}


@pytest.mark.soak
@pytest.mark.parametrize("earlier", [False, True])
def test_a_cable_pulled_at_any_moment_never_mixes_two_versions(earlier, tmp_path):
    whole = _bytes_of_a_flash(tmp_path, earlier)
    cuts = [*range(500, whole - 1500, 1000), *range(whole - 1500, whole - 50, 20)]
    assert {_pull_the_cable(tmp_path, cut, earlier) for cut in cuts} == {"one", "two"}


def _what_starts(board):
    """The version that starts at power-up: its name, None where nothing starts, or "mixed"."""
    assert _says(board, ">>> ")
    said = board.said.decode(errors="replace")
    if "MIXED" in said or "Error" in said:
        return "mixed"
    return said.partition("STARTED ")[2].split()[0] if "STARTED" in said else None


def test_a_flash_that_loses_a_bit_is_found_and_the_old_kiosk_stays(tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        flashed(board, small_image("one"))
    image = small_image("two")
    image.files["kiosk/part1.py"] += b"# brittle\n"
    wrong = pytest.raises(VerificationFailed, match=r"^/b/kiosk/part1\.py reads back differently")
    with PtyBoard(tmp_path / "flash", spoil="brittle") as board:
        assert _says(board, ">>> ")
        board.said.clear()
        with wrong:
            flashed(board, image)
        assert _says(board, "STARTED one")
    with PtyBoard(tmp_path / "flash") as board:
        assert _what_starts(board) == "one"


def test_a_board_without_room_is_named_before_anything_is_written(tmp_path):
    with PtyBoard(tmp_path / "flash", blocks=24) as board:
        with pytest.raises(NoSpace, match=r"room for \d+ bytes, and flashing needs \d+; .* too small"):
            flashed(board, small_image("one", modules=8, size=9000))
        assert files_on(board) == {}


def test_a_pico_w_that_lives_is_flashed_again_and_again_until_its_journal_is_full_and_then(tmp_path):
    first = build_image(ROOT)
    images = [Image(str(n), {path: data + b"\n" * n for path, data in first.files.items()}, BOOT) for n in range(4)]
    for image, blocks in zip(images, (None, 0, 2, JOURNAL_BLOCKS), strict=True):
        if blocks is not None:
            live_on(tmp_path / "flash", blocks)
        with PtyBoard(tmp_path / "flash") as board:
            assert len(flashed(board, image).written) >= len(image.files) + 1  # and the manifest
    with PtyBoard(tmp_path / "flash") as board, usb.UsbBoard(board.port) as opened:
        assert len(opened.files_below(["/journal"])) > JOURNAL_BLOCKS


def test_the_wifi_on_the_board_stays_where_none_is_named(tmp_path):
    without = {name: value for name, value in CONFIG.items() if name != "wifi"}
    with PtyBoard(tmp_path / "flash") as board:
        flashed(board, small_image("one"))
        flashed(board, small_image("one"), without)
        assert json.loads(files_on(board)["/config.json"]) == CONFIG


def test_the_wifi_is_held_against_the_board():
    pico_w = usb.Facts("rp2", "Raspberry Pi Pico W with RP2040", (1, 24, 0), 6)
    cable = usb.Facts("rp2", "W5500-EVB-Pico with RP2040", (1, 24, 0), 6)
    plain = {"kiosk": "lobby-1"}
    for kept in (None, {"ssid": "net", "key": "abc"}, {"ssid": "n" * 33}, "net"):
        with pytest.raises(NoNetwork, match="Pico W with RP2040 and knows no Wi-Fi network yet; name one with --wifi"):
            with_network(pico_w, plain, kept)
    assert with_network(pico_w, plain, {"ssid": "net", "key": ""})["wifi"] == {"ssid": "net", "key": None}
    assert with_network(pico_w, CONFIG, {"ssid": "old"}) == CONFIG
    assert with_network(cable, plain, {"ssid": "old"}) == plain
    with pytest.raises(NoNetwork, match="has a cable, no Wi-Fi; leave --wifi out"):
        with_network(cable, CONFIG, None)


def test_files_that_are_not_hymios_are_named_where_they_take_the_room(tmp_path):
    with PtyBoard(tmp_path / "flash", blocks=48) as board:
        with usb.UsbBoard(board.port) as opened:
            opened.write({"/few.txt": b"x" * 9000, "/many.txt": b"x" * 100000, "/slot.txt": b"small"}, lambda *_: None)
            before = opened.files_below([""])
        full = pytest.raises(NoSpace, match=r"not hymio's take 114688: remove some, such as /many\.txt$")
        with full:
            flashed(board, small_image("one", modules=8, size=9000))
        with usb.UsbBoard(board.port) as opened:
            assert opened.files_below([""]) == before


def test_another_board_and_an_old_micropython_are_named_and_left_alone(tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        with pytest.raises(WrongBoard, match=r"the board is linux .* the firmware runs on rp2"):
            flash(board.port, small_image("one"), CONFIG)
        with pytest.raises(TooOld, match=r"the board has MicroPython 1\.\d+\.0; install 9\.0\.0 or later"):
            flashed(board, small_image("one"), oldest=(9, 0, 0))
        assert files_on(board) == {}


def test_a_port_where_nothing_is_is_named(tmp_path):
    with pytest.raises(usb.NoDevice, match=r"there is no device at .*; plug the board in"):
        flash(str(tmp_path / "ttyACM0"), small_image("one"), CONFIG)
    (tmp_path / "file").write_text("not a port")
    with pytest.raises(usb.NoDevice, match="cannot be opened as a serial port"):
        flash(str(tmp_path / "file"), small_image("one"), CONFIG)


def test_a_port_that_another_program_holds_is_named(tmp_path):
    busy = pytest.raises(usb.PortBusy, match="is in use by another program")
    with PtyBoard(tmp_path / "flash") as board, usb.UsbBoard(board.port), busy:
        flash(board.port, small_image("one"), CONFIG)


def test_something_that_is_not_micropython_is_named(tmp_path):
    host, slave = pty.openpty()
    tty.setraw(slave)
    deaf = threading.Thread(target=_talk_nonsense, args=(host,), daemon=True)
    deaf.start()
    wrong = pytest.raises(usb.NotMicroPython, match="does not answer as MicroPython; install MicroPython")
    with wrong, usb.UsbBoard(os.ttyname(slave), answer_s=1):
        pass
    os.close(slave)
    os.close(host)


def _talk_nonsense(host):
    try:
        while os.read(host, 100):
            os.write(host, b"login: ")
    except OSError:
        pass


def test_the_birth_is_waited_for_and_its_absence_is_said(tmp_path):
    asked = []
    with PtyBoard(tmp_path / "flash") as board:
        came = flashed(board, small_image("one"), wait_for_birth=lambda s: asked.append(s) or True, birth_timeout_s=7)
        none = flashed(board, small_image("one"), wait_for_birth=lambda s: asked.append(s) or False, birth_timeout_s=8)
    assert (came.born, none.born, asked) == (True, False, [7, 8])


def test_a_running_kiosk_is_stopped_for_flashing(tmp_path):
    busy = Image("busy", {"main.py": b"import time\nprint('STARTED busy')\nwhile True:\n    time.sleep_ms(10)\n"}, BOOT)
    with PtyBoard(tmp_path / "flash") as board:
        flashed(board, busy)
        assert _says(board, "STARTED busy")
        flashed(board, small_image("two"))
        assert _says(board, "STARTED two")


def test_the_secret_and_the_networks_key_are_in_no_output_and_no_error(tmp_path, capfd, caplog):
    caplog.set_level("DEBUG")
    errors = []
    with PtyBoard(tmp_path / "good") as board:
        report = flashed(board, small_image("one"))
    for cut in range(300, 4500, 300):
        with PtyBoard(tmp_path / f"cut-{cut}", unplug_after=cut) as board:
            try:
                flashed(board, small_image("one", size=10))
            except usb.FlashError as error:
                errors.append(error)
    with PtyBoard(tmp_path / "bad", spoil="wifi-key-1") as board, pytest.raises(VerificationFailed) as caught:
        flashed(board, small_image("one"), {**CONFIG, "ca": "x" * 2000})
    errors.append(caught.value)
    out, err = capfd.readouterr()
    told = [out, err, caplog.text, repr(report)]
    for error in errors:
        while error is not None:
            told += [str(error), repr(error), repr(error.args)]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert len(errors) > 8
    assert not [text for text in told if SECRET in text or "wifi-key-1" in text]


def test_no_process_outlives_its_board(tmp_path):
    with PtyBoard(tmp_path / "flash") as board:
        process = board.process
        assert process.poll() is None
    assert process.poll() is not None


def test_an_update_over_the_air_counts_a_files_blocks_as_flashing_does():
    sizes = (0, 1, 512, 513, 4095, 4096, 4097, 8000)
    assert [update.blocks(size) for size in sizes] == [room.size_in_blocks(size) for size in sizes]
