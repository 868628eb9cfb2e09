"""The demo as a person starts it: a press on a pin becomes a number in the API."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.system.demo import Demo
from tests.system.site import wait_until


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with Demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


def test_the_front_page_answers_and_sixty_days_are_there(demo):
    assert httpx.get(demo.address).status_code == 200
    units = demo.api("units")
    assert len(units) == 3
    days = demo.days("library", back=60)
    assert len(days) >= 60
    assert sum(day["taps"] for day in days) > 1000


def test_every_kiosk_is_the_firmware_in_micropython_and_online(demo):
    wait_until(lambda: all(kiosk["online"] for kiosk in demo.api("kiosks")))
    assert len(demo.api("kiosks")) == 5
    assert "micropython" in demo.kiosk_commands()


def test_each_press_arrives_exactly_once(demo):
    for turn in range(20):
        before = demo.presses_today("library")
        demo.touch("loans", 1 + turn % 4)
        wait_until(lambda before=before: demo.presses_today("library") > before, 20, 0.002)
        time.sleep(0.15)
        assert demo.presses_today("library") == before + 1


def test_a_parent_unit_counts_its_subtree(demo):
    today = datetime.now(ZoneInfo("Europe/Helsinki")).date()
    whole = {day["day"]: day["taps"] for day in demo.days("health-centre", back=30)}
    part = {day["day"]: day["taps"] for day in demo.days("laboratory", back=30)}
    own = [day for day in whole if day != str(today) and whole[day]]
    assert own
    assert all(whole[day] >= part[day] for day in own)
