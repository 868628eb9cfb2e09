"""The power is cut while a kiosk fetches firmware, tries it, keeps it or gives it up, and again while it starts anew.

A life: version 1 runs; 2 is fetched, tried and kept; 3 is fetched, tried and given up. SOAK=1 cuts at every program and
erase; otherwise at a seeded sample.
"""

import binascii
import gc
import hashlib
import os

from tests.kiosk.ram_flash import TEARS, PowerCut, RamFlash, mount, unmount

flash = RamFlash(22)  # before the other imports, which cut up the heap

import kiosk.update  # noqa: E402
from board.files import LittleFiles  # noqa: E402
from kiosk.firmware import GIVE_UP_MS, KEEP_MS, Firmware  # noqa: E402

from wire import codec, manifest  # noqa: E402
from wire.messages import Update  # noqa: E402

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 3600

CUTS = 200
PIECE = 120
KEY = bytes(range(32))
HERE = os.getcwd()

kiosk.update.SPARE_BLOCKS = 1  # what a test's heap has room for

with open("firmware/boot.py") as source:
    BOOT = compile(source.read().replace('"/', '"/cut/'), "boot.py", "exec")


def files_of(version):
    """One file that all versions share, two that differ, of them one in two pieces."""
    return {
        "kiosk/a.mpy": version.encode() * 200,
        "kiosk/same.mpy": b"same" * 20,
        "main.py": b"print(%s)" % version.encode(),
    }


def signed(version):
    files = files_of(version)
    entries = [
        (path, len(files[path]), binascii.hexlify(hashlib.sha256(files[path]).digest()).decode())
        for path in sorted(files)
    ]
    return manifest.build(version, entries, KEY)


OFFERED = {version: dict(files_of(version), manifest=signed(version)) for version in "123"}


class Kiosk:
    """One boot: by the real boot.py into a slot, which must be whole."""

    def __init__(self):
        exec(BOOT, {})
        power()
        self.files = LittleFiles("/cut")
        self.restarted = False
        self.firmware = Firmware(self.files, KEY, "0", self.restart)
        slot, version = os.getcwd()[-1], self.firmware.version
        for path, data in OFFERED[version].items():
            assert self.files.read(slot + "/" + path) == data, (slot, version, path)
        power()

    def restart(self):
        self.restarted = True

    def fetch(self, version):
        """True when the new version is to be started."""
        said = self.firmware.order(version, len(OFFERED[version]["manifest"]), 0)
        power()
        while not self.restarted:
            payload = self.firmware.want(0)
            assert payload, (said, self.firmware.news())
            want = codec.decode("want", payload)
            data = OFFERED[version][want.file]
            part = binascii.b2a_base64(data[want.offset : want.offset + PIECE]).decode().strip()
            self.firmware.take(Update(version, want.file, want.offset, len(data), part), 0)
            power()

    def settle(self):
        """What is on trial is kept."""
        self.firmware.answered = True
        self.firmware.tend(KEEP_MS)
        power()
        assert not self.firmware.slots.on_trial


def power():
    if flash.off:
        raise PowerCut


def made():
    """A flash with version 1 in slot a, and none in slot b."""
    flash.blank()
    flash.power_on(None, 0)
    session = mount(flash, "/cut")
    files = LittleFiles("/cut")
    files.make_folder("a/kiosk")
    for path, data in OFFERED["1"].items():
        files.write("a/" + path, data)
    files.write("slot", b"a")
    unmount(session, "/cut")


def live():
    """The scripted life; raises PowerCut where the power goes."""
    Kiosk().fetch("2")
    kiosk = Kiosk()
    assert kiosk.firmware.version == "2"
    kiosk.settle()
    kiosk.fetch("3")
    kiosk = Kiosk()
    assert kiosk.firmware.version == "3"
    kiosk.firmware.tend(GIVE_UP_MS)
    power()
    assert kiosk.restarted
    kiosk = Kiosk()
    assert kiosk.firmware.version == "2" and kiosk.firmware.news()[:2] == ("rolled_back", "3")


def check():
    """After the power came back: a whole firmware starts, and an update can be had."""
    kiosk = Kiosk()
    if kiosk.firmware.slots.on_trial:
        kiosk.settle()
    wanted = "3" if kiosk.firmware.version == "2" else "2"
    kiosk.fetch(wanted)
    kiosk = Kiosk()
    assert kiosk.firmware.version == wanted
    kiosk.settle()
    assert Kiosk().firmware.version == wanted


def powered(cut_after, tear, run):
    flash.power_on(cut_after, tear)
    session = mount(flash, "/cut")
    try:
        run()
    except (PowerCut, OSError):
        if not flash.off:
            raise
    finally:
        os.chdir(HERE)
        unmount(session, "/cut")


def cut_life(point, tear, again):
    """One life cut at ``point``, one recovery cut at ``again`` (None: not), and one that is not cut."""
    made()
    powered(point, tear, live)
    cut = flash.off
    if again is not None:
        powered(again, tear, check)
    powered(None, tear, check)
    return cut


def schedule(points):
    """Yields (point, tear, again): every point, or a sample in steps that share no divisor with their number."""
    planned = points * len(TEARS) if os.getenv("SOAK") else CUTS
    for n in range(planned):
        point = n // len(TEARS) if os.getenv("SOAK") else n * 7919 % points
        yield point, TEARS[n % len(TEARS)], None if n % 2 else n * 31 % 29


def test_no_cut_leaves_a_kiosk_without_a_whole_firmware_or_unable_to_take_another():
    made()
    programs, erases = flash.programs, flash.erases
    powered(None, 0, live)
    points = flash.programs + flash.erases - programs - erases
    cut = planned = 0
    for point, tear, again in schedule(points):
        planned += 1
        try:
            cut += cut_life(point, tear, again)
        except Exception:
            print("point %d of %d, tear %d, again %s" % (point, points, tear, again))
            raise
        gc.collect()
    print("power cuts: %d at %d points of two updates" % (cut, points))
    assert cut == planned
