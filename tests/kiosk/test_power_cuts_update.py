"""The power is cut while firmware comes over the air, at any program or erase, and again while the kiosk recovers.

A life: version 2 is ordered, fetched, tried and kept; then version 3 is, and nobody answers it, so that it is given up.
boot.py is the real one. SOAK=1 cuts at every point; otherwise at a seeded sample.
"""

import binascii
import gc
import hashlib
import os

import kiosk.update  # noqa: F401  Firmware imports it when it is needed: this test is elsewhere then
from board.files import LittleFiles
from kiosk.firmware import GIVE_UP_MS, KEEP_MS, Firmware

from tests.kiosk.desk import Dice
from tests.kiosk.ram_flash import TEARS, FileFlash, PowerCut, mount, unmount
from wire import codec, manifest
from wire.messages import Update

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 3600

CUTS = 200
MOST_RECOVERIES = 3
KEY = bytes(range(32))
HERE = os.getcwd()
BLOCKS = 40
SAME = b"same" * 150
FILES = {
    version: {
        "kiosk/a.mpy": version.encode() * 2600,
        "kiosk/b.mpy": b"b" * 300 + version.encode() * 500,
        "kiosk/same.mpy": SAME,
        "only%s.mpy" % version: b"",
        "main.py": b"print(%s)" % version.encode(),
    }
    for version in "123"
}

with open("firmware/boot.py") as source:
    BOOT = compile(source.read().replace('"/', '"/cut/'), "boot.py", "exec")


def signed(version):
    files = FILES[version]
    paths = sorted([path for path in files if path != "main.py"]) + ["main.py"]
    entries = [(p, len(files[p]), binascii.hexlify(hashlib.sha256(files[p]).digest()).decode()) for p in paths]
    return manifest.build(version, entries, KEY)


for each in FILES:
    FILES[each]["manifest"] = signed(each)

gc.threshold(12000)  # as firmware/main.py does
flash = FileFlash(BLOCKS)


class World:
    """What a technician and the collector know."""

    def __init__(self):
        self.files = LittleFiles("/cut")
        self.kept = "1"  # what a kiosk without a trial runs
        self.tried = None  # what it may be trying
        self.keeping = False  # it may have been kept already

    def power(self):
        """Nothing that happens without power was seen by anybody."""
        if flash.off:
            raise PowerCut

    def is_whole(self, slot):
        """The version that lies whole in a slot, or None."""
        size = self.files.size
        if not size(slot + "/manifest") or not size(slot + "/main.py"):
            return None
        data = self.files.read(slot + "/manifest")
        version = manifest.parse(data).version
        for path, content in FILES[version].items():
            if size(slot + "/" + path) is None or self.files.read(slot + "/" + path) != content:
                return None
        return version

    def boot(self):
        """The real boot.py, then the firmware of the slot it chose."""
        if self.files.size("slot") is not None:
            pointed = self.files.read("slot").decode()[:1]
            assert self.is_whole(pointed), "the pointer names half a slot"
        else:
            raise AssertionError("the pointer is gone")
        exec(BOOT, {})
        self.power()
        slot = os.getcwd()[-1:]
        running = self.is_whole(slot)
        assert running, "half a slot was started"
        firmware = Firmware(self.files, KEY, "0", lambda: None, lambda: False)
        assert firmware.version == running
        if firmware.slots.on_trial:
            assert running == self.tried, ("on trial", running, self.tried)
        elif running != self.kept:
            assert running == self.tried and self.keeping, ("runs", running, self.kept, self.tried)
            self.kept, self.tried, self.keeping = running, None, False
        return firmware

    def fetch(self, firmware, version):
        """Orders a version and answers each want until the pointer has turned to it."""
        self.tried = version
        said = firmware.order(version, len(FILES[version]["manifest"]), 0)
        self.power()
        assert said == "is being fetched", said
        while True:
            while firmware.busy:
                firmware.work(0)
                self.power()
            payload = firmware.want(0)
            if payload is None:
                break
            want = codec.decode("want", payload)
            data = FILES[version][want.file]
            part = binascii.b2a_base64(data[want.offset : want.offset + 1024]).decode().strip()
            firmware.take(Update(want.version, want.file, want.offset, len(data), part), 0)
            self.power()
        assert firmware.news()[0] == "fetching", firmware.news()
        assert self.files.read("slot").decode() == firmware.slots.other + " 3"

    def keep(self, firmware):
        self.keeping = True
        firmware.answered = True
        firmware.tend(KEEP_MS)
        self.power()
        assert firmware.news()[0] == "kept"
        self.kept, self.tried, self.keeping = firmware.version, None, False

    def give_up(self, firmware):
        firmware.tend(GIVE_UP_MS)
        self.power()
        self.tried = None


def live(world):
    """The scripted life; raises PowerCut where the power goes."""
    world.fetch(world.boot(), "2")
    world.keep(world.boot())
    world.fetch(world.boot(), "3")
    world.give_up(world.boot())
    firmware = world.boot()
    assert firmware.version == "2" and firmware.news()[:2] == ("rolled_back", "3")


def recover(world):
    """The boot after a cut; what the cut ended can be ordered again, and comes to its end."""
    firmware = world.boot()
    for _ in range(3):
        if not firmware.slots.on_trial:
            break
        firmware = world.boot()  # a kiosk that is restarted again and again goes back by itself
    assert not firmware.slots.on_trial
    version = "3" if firmware.version == "2" else "2"
    world.fetch(firmware, version)
    firmware = world.boot()
    assert firmware.version == version
    world.keep(firmware)
    assert world.boot().version == version


def powered(cut_after, tear, run, world):
    """Runs until the power goes. Returns whether it went."""
    flash.power_on(cut_after, tear)
    session = mount(flash, "/cut")
    try:
        run(world)
    except (PowerCut, OSError):
        if not flash.off:
            raise
    finally:
        os.chdir(HERE)
        unmount(session, "/cut")
    return flash.off


def install(world):
    """Version 1 in both slots, as a cable leaves them."""
    for slot in "ab":
        world.files.make_folder(slot + "/kiosk")
        for path, data in FILES["1"].items():
            world.files.write(slot + "/" + path, data)
    world.files.write("slot", b"a")


def a_fresh_flash():
    flash.blank()
    powered(None, 0, install, World())
    fresh = FileFlash(BLOCKS)
    fresh.copy(flash)
    return fresh


def cut_life(fresh, point, tear, recoveries, dice):
    """One life, cut, then so many recoveries that are cut as well, and one that is not. Returns how many cuts."""
    flash.copy(fresh)
    world = World()
    cuts = powered(point, tear, live, world)
    for _ in range(recoveries):
        cuts += powered(dice.below(60), tear, recover, world)
    powered(None, tear, recover, world)
    return cuts


def points_in_a_life(fresh):
    flash.copy(fresh)
    flash.programs = flash.erases = 0
    powered(None, 0, live, World())
    return flash.programs + flash.erases


def schedule(points, dice):
    """Yields (point, tear, recoveries that are cut): every point without and with several of them, or a sample."""
    if os.getenv("SOAK"):
        for n in range(points * len(TEARS)):
            for recoveries in (0, 1, 1, 1, 2, 2):
                yield n // len(TEARS), TEARS[n % len(TEARS)], recoveries
    else:
        for n in range(CUTS):
            yield dice.below(points), TEARS[n % len(TEARS)], dice.below(MOST_RECOVERIES)


def test_no_cut_starts_half_a_slot_or_keeps_an_update_from_being_ordered_again():
    fresh = a_fresh_flash()
    points = points_in_a_life(fresh)
    dice = Dice(21)
    lives = cuts = 0
    for point, tear, recoveries in schedule(points, dice):
        gc.collect()
        try:
            cuts += cut_life(fresh, point, tear, recoveries, dice)
        except Exception:
            print("point %d of %d, tear %d, recoveries %d" % (point, points, tear, recoveries))
            raise
        lives += 1
    fresh.close()
    flash.close()
    print("power cuts: %d in %d lives of %d points" % (cuts, lives, points))
    assert cuts >= lives
