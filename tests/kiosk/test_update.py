"""Fetching an update piece by piece into a slot on the real littlefs."""

import binascii
import hashlib

from board.files import LittleFiles
from kiosk.update import Update

from tests.kiosk.ram_flash import RamFlash, mount, unmount
from wire import manifest

INTERPRETERS = ("micropython",)
HEAP = "256K"  # the flash lies in it too

IN_A_TURN = 4  # erases for which board/sections.toml leaves time where it keeps what was heard
KEY = bytes(range(32))
NEW = {"kiosk/a.mpy": bytes(range(256)) * 9, "kiosk/b.mpy": b"b" * 700, "main.py": b"print(2)"}
flash = RamFlash(28)


def entries(files):
    return [(p, len(d), binascii.hexlify(hashlib.sha256(d).digest()).decode()) for p, d in sorted(files.items())]


SIGNED = manifest.build("2", entries(NEW), KEY)


class CountingFiles(LittleFiles):
    """Counts what is removed and which files are read."""

    def __init__(self, root):
        super().__init__(root)
        self.begin()

    def begin(self):
        self.removed = 0
        self.seen = set()

    def read_part(self, path, offset, size):
        self.seen.add(path)
        return super().read_part(path, offset, size)

    def remove(self, path):
        self.removed += 1
        super().remove(path)


class Site:
    """A mounted flash and a collector that answers every want, ``spoil`` changing what it sends."""

    def __init__(self):
        flash.blank()
        self.session = mount(flash, "/update")
        self.files = CountingFiles("/update")
        self.asked = []
        self.turns = self.most_removed = self.most_hashed = self.most_erases = 0

    def turn(self, work, *arguments):
        """Does what comes in one piece, and keeps the most of what that took."""
        self.files.begin()
        before = flash.erases
        work(*arguments)
        self.turns += 1
        self.most_removed = max(self.most_removed, self.files.removed)
        self.most_hashed = max(self.most_hashed, len(self.files.seen))
        self.most_erases = max(self.most_erases, flash.erases - before)

    def begin(self, signed=SIGNED, key=KEY, give_way=lambda: False):
        return Update(self.files, "b", key, "2", len(signed), give_way)

    def serve(self, update, signed=SIGNED, pieces=1000, spoil=None):
        while pieces:
            while update.busy:
                self.turn(update.step)
            if not update.want():
                break
            pieces -= 1
            file, offset = update.want()
            self.asked.append((file, offset))
            whole = signed if file == "manifest" else NEW[file]
            data = whole[offset : offset + 1024]
            self.turn(update.take, "2", file, offset, len(whole), spoil(file, data) if spoil else data)
        return update

    def end(self):
        unmount(self.session, "/update")


def test_every_file_arrives():
    site = Site()
    update = site.serve(site.begin())
    assert update.ready and update.why is None
    for path, data in NEW.items():
        assert site.files.read("b/" + path) == data
    site.end()


def test_it_resumes_at_the_piece_it_had_come_to():
    site = Site()
    site.serve(site.begin(), pieces=3)
    site.asked = []
    assert site.serve(site.begin()).ready
    assert site.asked[0] == ("kiosk/a.mpy", 2048)
    site.end()


def test_a_piece_nobody_asked_for_changes_nothing():
    site = Site()
    update = site.begin()
    while update.busy:
        update.step()
    for piece in (("1", "manifest", 0), ("2", "main.py", 0), ("2", "manifest", 5)):
        update.take(*(piece + (len(SIGNED), b"x")))
    assert update.want() == ("manifest", 0)
    assert site.serve(update).ready
    site.end()


def test_another_key_and_no_key_are_refused_by_name():
    site = Site()
    update = site.serve(site.begin(key=b"x" * 32))
    assert "not signed" in update.why and not update.ready and site.asked == [("manifest", 0)]
    assert "update_key" in site.begin(key=None).why
    site.end()


def test_a_signed_manifest_of_another_version_than_the_ordered_one_is_refused_and_not_gone_on_with():
    older = manifest.build("1", entries(NEW), KEY)  # as long as the right one
    site = Site()
    update = site.serve(site.begin(), signed=older)
    assert update.why and not update.ready and site.asked == [("manifest", 0)]
    assert site.files.read("b/manifest") == older
    assert site.serve(site.begin()).ready and site.asked[1] == ("manifest", 0)
    assert site.files.read("b/manifest") == SIGNED
    site.end()


def test_a_wrong_file_is_fetched_three_times_and_then_given_up():
    site = Site()
    update = site.serve(site.begin(), spoil=lambda f, d: b"?" * len(d) if f == "kiosk/b.mpy" else d)
    assert "kiosk/b.mpy came 3 times" in update.why and not update.ready
    assert site.asked.count(("kiosk/b.mpy", 0)) == 3
    site.end()


def test_too_little_flash_is_said_before_a_file_is_written():
    site = Site()
    for _ in range(12):
        site.files.append("full", bytes(4000))
    update = site.serve(site.begin())
    assert "bytes of flash" in update.why and site.asked == [("manifest", 0)]
    site.end()


def test_room_is_asked_for_until_the_update_has_it_and_no_longer():
    site = Site()
    full = ["full%d" % n for n in range(12)]
    for name in full:
        site.files.append(name, bytes(4000))

    def give_way():
        if full:
            site.files.remove(full.pop())
            return True
        return False

    update = site.serve(site.begin(give_way=give_way))
    assert update.ready and 2 < len(full) < 10, (update.why, full)
    assert site.most_removed == 1
    site.end()


def test_what_an_older_version_left_is_removed():
    site = Site()
    site.files.make_folder("b/kiosk")
    for path in ("b/kiosk/old.mpy", "b/boot.txt", "b/why", "b/main.py"):
        site.files.write(path, b"old")
    assert site.serve(site.begin()).ready
    assert site.files.names("b/kiosk") == ["a.mpy", "b.mpy"]
    assert sorted(site.files.names("b")) == ["kiosk", "main.py", "manifest"]
    site.end()


def test_a_turn_hashes_and_removes_one_file_at_most():
    site = Site()
    site.files.make_folder("b/kiosk")
    for n in range(9):
        site.files.write("b/kiosk/old%d.mpy" % n, b"old" * 400)
    for path in NEW:
        site.files.write("b/" + path, b"of another version" * 200)
    site.files.write("b/manifest", b"?")

    def once(file, data):
        return b"?" * len(data) if site.asked.count(("kiosk/a.mpy", 0)) == 1 and file == "kiosk/a.mpy" else data

    assert site.serve(site.begin(), spoil=once).ready and site.asked.count(("kiosk/a.mpy", 0)) == 2
    figures = site.turns, site.most_hashed, site.most_removed, site.most_erases
    print("%d turns; at most %d hashed, %d removed, %d erases in one" % figures)
    assert site.most_hashed == site.most_removed == 1 and site.most_erases <= IN_A_TURN
    assert site.files.names("b/kiosk") == ["a.mpy", "b.mpy"]
    site.end()
