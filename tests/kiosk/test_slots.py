"""The pointer and boot.py on the real littlefs: trials, and a power cut at every flash operation."""

import os
import sys

from kiosk.slots import Slots

from tests.kiosk.ram_flash import TEARS, RamFlash, mount, unmount
from wire import manifest

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 300

HERE = os.getcwd()
flash = RamFlash(12)

with open("firmware/boot.py") as source:
    BOOT = compile(source.read().replace('"/', '"/cut/'), "boot.py", "exec")


def put(path, content):
    with open("/cut/" + path, "w") as f:
        f.write(content)


def fresh(pointer="a", slots="ab"):
    flash.blank()
    session = mount(flash, "/cut")
    for slot in slots:
        os.mkdir("/cut/" + slot)
        put(slot + "/main.py", "pass")
        entries = (("main.py", 4, "ab" * 32),)
        with open("/cut/%s/manifest" % slot, "wb") as f:
            f.write(manifest.build("1+" + slot, entries, None))
    if pointer is not None:
        put("slot", pointer)
    return session


def boot():
    """The slot that runs, by the real boot.py."""
    exec(BOOT, {})
    return os.getcwd()[-1:]


def pointer():
    with open("/cut/slot") as f:
        return f.read()


def leave(session):
    os.chdir(HERE)
    unmount(session, "/cut")


def test_a_trial_has_three_boots_and_then_goes_back():
    session = fresh("b 3")
    assert [boot() for _ in range(5)] == ["b", "b", "b", "a", "a"]
    assert pointer() == "a -"
    assert Slots("/cut").news()[:2] == ("rolled_back", "1+b")
    leave(session)


def test_a_boot_on_trial_and_no_other_starts_a_watchdog_of_the_longest_time_that_a_pico_has():
    watchdogs_ms = []

    class Machine:
        @staticmethod
        def WDT(timeout):
            watchdogs_ms.append(timeout)

    known = sys.modules.get("machine")
    sys.modules["machine"] = Machine
    try:
        for found, trials in (("b 3", 3), ("b", 0), ("b +", 0), ("a -", 0), ("b 0", 0), (None, 0)):
            del watchdogs_ms[:]
            session = fresh(found)
            for _ in range(5):
                boot()
            leave(session)
            assert watchdogs_ms == [8388] * trials, (found, watchdogs_ms)
    finally:
        del sys.modules["machine"]
        if known:
            sys.modules["machine"] = known


def test_a_slot_whose_main_is_empty_is_no_slot():
    for found, after in (("a", "b -"), ("a 2", "b -"), ("a +", "b -"), (None, None)):
        session = fresh(found)
        put("a/main.py", "")
        assert [boot() for _ in range(3)] == ["b"] * 3, found
        if after:
            assert pointer() == after, found
        leave(session)


def test_a_kept_one_stays():
    session = fresh("a")
    assert boot() == "a" and Slots("/cut").news() == ("none", None, None)
    Slots("/cut").try_other()
    assert boot() == "b" and Slots("/cut").news() == ("trial", "1+b", None)
    Slots("/cut").keep()
    assert [boot() for _ in range(5)] == ["b"] * 5
    assert Slots("/cut").news() == ("kept", "1+b", None)
    leave(session)


def test_what_gave_itself_up_says_why():
    session = fresh("b 3")
    boot()
    Slots("/cut").give_up("no stored ack in 600 s")
    assert boot() == "a"
    assert Slots("/cut").news() == ("rolled_back", "1+b", "no stored ack in 600 s")
    leave(session)


def test_any_pointer_starts_something():
    for found in (None, "", "c", "b 9", "b x", "a  ", "\x00\xff", "b -1", "b" * 4000, "a 3 3 3", " ", "b 0"):
        for slots in ("a", "b", "ab"):
            session = fresh(found, slots)
            for _ in range(5):
                assert boot() in slots, (found, slots)
            leave(session)


def life():
    """An update tried and kept, then one that hangs in each of its boots."""
    boot()
    Slots("/cut").try_other()
    boot()
    Slots("/cut").keep()
    Slots("/cut").try_other()
    for _ in range(4):
        boot()


def test_the_power_cut_at_every_operation_leaves_a_slot_that_starts():
    session = fresh("a")
    before = flash.programs + flash.erases
    life()
    operations = flash.programs + flash.erases - before
    leave(session)
    deaths = 0
    for tear in TEARS:
        for cut in range(operations):
            leave(fresh("a"))
            flash.power_on(cut, tear)
            session = mount(flash, "/cut")
            try:
                life()
            except OSError:
                deaths += 1
            leave(session)
            flash.power_on()
            session = mount(flash, "/cut")
            assert [boot() for _ in range(5)][-1] in "ab", (tear, cut)
            assert pointer() in ("a", "b +", "a -", "b -"), (tear, cut, pointer())
            leave(session)
    assert deaths > operations
    print("%d cuts" % (operations * len(TEARS)))
