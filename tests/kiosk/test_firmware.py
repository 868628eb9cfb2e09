"""An update ordered, fetched, tried and kept or given up, on the real littlefs with the real boot.py."""

import binascii
import hashlib
import json
import os

import kiosk.update  # noqa: F401  Firmware imports it when it is needed: this test is elsewhere then
import vfs
from board import flashfile
from board.files import LittleFiles
from kiosk.firmware import GIVE_UP_MS, KEEP_MS, WANT_MS, Firmware
from kiosk.slots import TRIAL_BOOTS

from wire import codec, manifest
from wire.messages import Update

INTERPRETERS = ("micropython",)

KEY = bytes(range(32))
OLD = {"kiosk/a.mpy": b"old" * 500, "kiosk/same.mpy": b"same" * 700, "main.py": b"print(1)"}
NEW = {"kiosk/a.mpy": b"new" * 900, "kiosk/none.mpy": b"", "kiosk/same.mpy": b"same" * 700, "main.py": b"print(2)"}
HERE = os.getcwd()
FLASH = (os.getenv("TMPDIR") or "/tmp") + "/hymio-firmware-%d.bin" % int.from_bytes(os.urandom(4), "big")

with open("firmware/boot.py") as source:
    BOOT = compile(source.read().replace('"/', '"/flash/'), "boot.py", "exec")


def signed(version, files, key=KEY):
    paths = sorted([path for path in files if path != "main.py"]) + ["main.py"]
    entries = [(p, len(files[p]), binascii.hexlify(hashlib.sha256(files[p]).digest()).decode()) for p in paths]
    return manifest.build(version, entries, key)


class Board:
    """A flash with version 1 in slot a and in slot b, and a collector that offers version 2."""

    def __init__(self, offered=NEW, key=KEY):
        flashfile.mount(FLASH, "/flash")
        self.files = LittleFiles("/flash")
        for slot in "ab":
            self.files.make_folder(slot + "/kiosk")
            for path, data in OLD.items():
                self.files.write(slot + "/" + path, data)
            self.files.write(slot + "/manifest", signed("1", OLD))
        self.files.write("slot", b"a")
        self.offered = dict(offered, manifest=signed("2", offered, key))
        self.asked = []
        self.restarts = 0
        self.boot()

    def boot(self):
        exec(BOOT, {})
        self.firmware = Firmware(self.files, KEY, "0.1.0", self.restart, lambda: False)

    def restart(self):
        self.restarts += 1

    def order(self, now_ms=0):
        return self.firmware.order("2", len(self.offered["manifest"]), now_ms)

    def work(self, now_ms=0):
        while self.firmware.busy:
            assert self.firmware.want(now_ms) is None and self.firmware.due_ms(now_ms) == 0
            self.firmware.work(now_ms)

    def serve(self, now_ms=0, pieces=1000):
        """Answers each want; returns what was left unasked."""
        while pieces:
            self.work(now_ms)
            payload = self.firmware.want(now_ms)
            if payload is None:
                break
            want = codec.decode("want", payload)
            self.asked.append((want.file, want.offset))
            pieces -= 1
            data = self.offered[want.file]
            part = binascii.b2a_base64(data[want.offset : want.offset + 1024]).decode().strip()
            self.firmware.take(Update(want.version, want.file, want.offset, len(data), part), now_ms)
        return pieces

    def pointer(self):
        return self.files.read("slot").decode()

    def end(self):
        os.chdir(HERE)
        vfs.umount("/flash")
        os.remove(FLASH)


def test_an_update_is_fetched_tried_and_kept_after_an_answer_and_its_time():
    board = Board()
    assert board.firmware.version == "1" and board.firmware.news() == ("none", None, None)
    assert board.order() == "is being fetched"
    assert board.firmware.news() == ("fetching", "2", None)
    board.serve()
    assert board.restarts == 1 and board.pointer() == "b 3"
    assert not [file for file, _ in board.asked if file in ("kiosk/same.mpy", "kiosk/none.mpy")]
    board.boot()
    assert os.getcwd() == "/flash/b" and board.firmware.version == "2"
    assert board.firmware.news() == ("trial", "2", None)
    board.firmware.tend(KEEP_MS)
    board.firmware.answered = True
    board.firmware.tend(KEEP_MS - 1)
    assert board.pointer() == "b 2"
    board.firmware.tend(KEEP_MS)
    assert board.pointer() == "b +" and board.firmware.news() == ("kept", "2", None)
    board.boot()
    assert board.firmware.version == "2" and board.firmware.news() == ("kept", "2", None)
    board.end()


def test_what_lies_outside_the_slots_is_never_updated_over_the_air():
    board = Board(dict(NEW, **{"boot.py": b"print(3)", "config.json": b"{}", "slot": b"a +"}))
    beside = {"boot.py": b"print(0)", "config.json": b'{"kiosk":"lobby-1"}', "journal/now/tail": b"taps"}
    board.files.make_folder("journal/now")
    for path, content in beside.items():
        board.files.write(path, content)
    board.order()
    board.serve()
    assert board.restarts == 1 and board.files.read("b/boot.py") == b"print(3)"
    for path, content in beside.items():
        assert board.files.read(path) == content
    board.boot()
    assert board.pointer() == "b 2"
    board.end()


def test_the_times_of_a_trial():
    """As the documents promise them."""
    assert (TRIAL_BOOTS, KEEP_MS, GIVE_UP_MS) == (3, 120_000, 600_000)


def test_a_firmware_that_nobody_answers_goes_back_and_says_why():
    board = Board()
    board.order()
    board.serve()
    board.boot()
    board.firmware.tend(GIVE_UP_MS - 1)
    assert board.restarts == 1
    board.firmware.tend(GIVE_UP_MS)
    assert board.restarts == 2 and board.pointer() == "a -"
    board.boot()
    state, version, why = board.firmware.news()
    assert (board.firmware.version, state, version) == ("1", "rolled_back", "2") and "no stored ack" in why
    board.end()


def test_a_firmware_that_never_gets_as_far_as_its_keeping_goes_back_after_three_boots():
    board = Board()
    board.order()
    board.serve()
    for _ in range(3):
        board.boot()
        assert board.firmware.version == "2"
    board.boot()
    state, version, why = board.firmware.news()
    assert (board.firmware.version, state, version) == ("1", "rolled_back", "2") and "trial" in why
    board.end()


def test_another_key_is_refused_before_any_file_is_asked_for_and_the_reason_told():
    board = Board(key=b"x" * 32)
    board.order()
    board.serve()
    assert board.asked == [("manifest", 0)] and board.restarts == 0 and board.pointer() == "a"
    state, version, why = board.firmware.news()
    assert (state, version) == ("rolled_back", "2") and "signed" in why
    board.end()


def test_a_piece_without_an_answer_is_asked_for_again_with_growing_patience():
    board = Board()
    board.order(1000)
    board.work(1000)
    assert board.firmware.want(1000)
    assert board.firmware.want(1000 + WANT_MS - 1) is None and board.firmware.due_ms(1000) == WANT_MS
    assert board.firmware.want(1000 + WANT_MS)
    assert board.firmware.want(1000 + 3 * WANT_MS - 1) is None
    assert board.firmware.want(1000 + 3 * WANT_MS)
    board.firmware.connected(50000)
    assert board.firmware.want(50000)
    board.end()


def test_what_was_fetched_before_a_restart_is_not_fetched_again():
    board = Board()
    board.order()
    board.serve(pieces=3)
    board.boot()
    assert board.firmware.news() == ("none", None, None)
    board.asked = []
    board.order()
    board.serve()
    assert board.restarts == 1 and ("manifest", 0) not in board.asked and ("kiosk/a.mpy", 0) not in board.asked
    board.end()


def test_orders_that_come_at_a_wrong_time_change_nothing():
    board = Board()
    assert "runs already" in board.firmware.order("1", 100, 0)
    board.order()
    assert board.order() == "is being fetched"
    board.serve()
    board.boot()
    said = board.order()
    assert said.startswith("not obeyed") and "trial" in said  # so that Orders obeys the same command after the trial
    board.end()
    assert "slot" in Firmware(LittleFiles("/nowhere"), KEY, "0.1.0", None, None).order("2", 100, 0)


def test_a_slot_being_written_is_never_one_that_starts():
    board = Board(dict(NEW, **{"main.py": OLD["main.py"]}))  # the same there and here: that must not make a slot whole
    board.order()
    while board.serve(pieces=1) == 0 and board.restarts == 0:
        here = os.getcwd()
        board.files.write("slot", b"?")  # a pointer that cannot be read
        exec(BOOT, {})
        assert os.getcwd() == "/flash/a"
        os.chdir(here)
        assert board.files.size("b/main.py") is None
    board.end()


def test_health_takes_what_it_tells():
    board = Board(key=b"x" * 32)
    board.order()
    board.serve()
    assert len(json.dumps(board.firmware.news())) < 160
    board.end()
