"""Processes are killed while fingers press; afterwards presses, thanks and stored taps must agree."""

import random
import threading
import time

import pytest

from tests.system.site import Site
from tests.waiting import wait_until

PRESS_S = 0.04
PAUSE_S = 0.08


class Finger:
    """Presses one kiosk's faces in turn until told to stop. ``pressed``: the faces, in order."""

    def __init__(self, kiosk, seed):
        self.kiosk, self.pressed = kiosk, []
        self._chance = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._press)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _press(self):
        while not self._stop.is_set():
            face = self._chance.randint(1, 4)
            self.pressed.append(face)
            self.kiosk.press(face, PRESS_S)
            self.kiosk.wait_thanked(len(self.pressed), 2)
            time.sleep(PAUSE_S)


def settle(site, count):
    """Wait until every press is in the store and decided, then a little longer for anything that came twice."""
    wait_until(lambda: site.total() >= count, 60)
    time.sleep(1)


@pytest.mark.parametrize("broker", ["mosquitto", "embedded"])
def test_a_collector_killed_while_kiosks_press_loses_and_doubles_nothing(tmp_path, broker):
    with Site(tmp_path, ("kiosk-1", "kiosk-2"), broker) as site:
        with Finger(site.kiosks["kiosk-1"], 1) as one, Finger(site.kiosks["kiosk-2"], 2) as two:
            for pause in (1.3, 0.7, 1.9):
                time.sleep(pause)
                site.service.kill()
                time.sleep(pause / 2)
                site.start_service()
            time.sleep(1)
        settle(site, len(one.pressed) + len(two.pressed))
        assert len(one.pressed) > 15
        assert site.kiosks["kiosk-1"].thanked == len(one.pressed)
        assert site.faces("kiosk-1") == one.pressed
        assert site.faces("kiosk-2") == two.pressed
        assert site.total() == len(one.pressed) + len(two.pressed)


def test_a_broker_killed_while_kiosks_press_loses_and_doubles_nothing(tmp_path):
    with Site(tmp_path, ("kiosk-1", "kiosk-2")) as site:
        with Finger(site.kiosks["kiosk-1"], 3) as one, Finger(site.kiosks["kiosk-2"], 4) as two:
            for pause in (1.1, 0.4, 1.6, 0.2):
                time.sleep(pause)
                site.mosquitto.kill()
                time.sleep(pause / 2)
                site.start_broker()
            time.sleep(1)
        settle(site, len(one.pressed) + len(two.pressed))
        assert site.faces("kiosk-1") == one.pressed
        assert site.faces("kiosk-2") == two.pressed
        assert site.total() == len(one.pressed) + len(two.pressed)


def test_a_kiosk_killed_at_any_moment_keeps_what_it_thanked_for_and_invents_nothing(tmp_path):
    chance = random.Random(5)
    with Site(tmp_path) as site:
        kiosk = site.kiosks["kiosk-1"]
        presses = []  # (face, whether the lights thanked for it)
        for _ in range(12):
            for _ in range(chance.randint(0, 4)):
                presses.append(press_and_look(kiosk, chance.randint(1, 4)))
            presses.append(press_and_cut(kiosk, chance.randint(1, 4), chance.uniform(0, 0.06)))
            kiosk.start()
        presses.append(press_and_look(kiosk, 4))
        assert presses[-1][1], "the kiosk works at the end"
        wait_until(lambda: embeds(site.faces("kiosk-1"), presses), 60)
        time.sleep(1)
        stored = site.faces("kiosk-1")
        assert embeds(stored, presses), (stored, presses)
        assert sum(thanked for _, thanked in presses) <= len(stored) <= len(presses)
        assert site.total() == len(stored)


def press_and_look(kiosk, face):
    before = kiosk.thanked
    kiosk.press(face, PRESS_S)
    thanked = kiosk.wait_thanked(before + 1, 3)
    time.sleep(PAUSE_S)
    return face, thanked


def press_and_cut(kiosk, face, after_s):
    """The power goes ``after_s`` after the finger came down."""
    before = kiosk.thanked
    kiosk.set_face(face, True)
    time.sleep(after_s)
    kiosk.kill()
    return face, kiosk.thanked > before


def embeds(stored, presses):
    """Whether ``stored`` is what remains of ``presses`` when only presses without thanks are left out."""
    reachable = {0}
    for face, thanked in presses:
        taken = {at + 1 for at in reachable if at < len(stored) and stored[at] == face}
        reachable = taken if thanked else taken | reachable
    return len(stored) in reachable


def test_the_comparison_itself_sees_a_lost_a_doubled_and_an_invented_tap():
    presses = [(1, True), (2, False), (3, True)]
    assert embeds([1, 3], presses)
    assert embeds([1, 2, 3], presses)
    assert not embeds([1], presses)
    assert not embeds([1, 1, 3], presses)
    assert not embeds([1, 3, 4], presses)
