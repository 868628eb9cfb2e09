"""Runs in MicroPython: what a tap costs on littlefs, by the journal and by one growing file."""

import gc
from time import ticks_diff, ticks_us

from board.files import LittleFiles
from kiosk.journal import Journal

from tests.kiosk.desk import Dice
from tests.kiosk.ram_flash import RamFlash, mount, unmount

TAPS = 2000
BLOCKS = 26


def measure(name, flash, write):
    flash.blank()
    session = mount(flash, "/bench")
    began = ticks_us()
    write(flash)
    took_us = ticks_diff(ticks_us(), began)
    unmount(session, "/bench")
    print(f"{name}_erases_a_tap {flash.erases / TAPS} erases")
    print(f"{name}_programmed_a_tap {flash.programs * 256 // TAPS} bytes")
    print(f"{name}_us_a_tap {took_us / TAPS} us")
    gc.collect()


def journal(flash):
    kept = Journal(LittleFiles("/bench"), "b0a2d1", Dice(1).roll, 4)
    kept.open(0)
    flash.programs = flash.erases = 0
    for i in range(TAPS):
        assert kept.append(1 + i % 4, 0, i * 1000)
        kept.ack(i)


def growing_file(flash):
    flash.programs = flash.erases = 0
    for i in range(TAPS):
        with open("/bench/taps", "ab") as f:
            f.write(i.to_bytes(16, "little"))


flash = RamFlash(BLOCKS)
measure("journal", flash, journal)
measure("growing_file", flash, growing_file)
