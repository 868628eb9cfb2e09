"""The demo as a person starts it: a press on a pin becomes a number in the API."""

import os
import signal
import subprocess
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx

from tests.interpreters import ROOT
from tests.system.demo import Demo
from tests.system.site import HYMIO, clean_environment, free_port
from tests.waiting import wait_until


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
        wait_until(lambda before=before: demo.presses_today("library") > before, 20, pause_s=0.002)
        time.sleep(0.15)
        assert demo.presses_today("library") == before + 1


def test_a_parent_unit_counts_its_subtree(demo):
    today = datetime.now(ZoneInfo("Europe/Helsinki")).date()
    whole = {day["day"]: day["taps"] for day in demo.days("health-centre", back=30)}
    part = {day["day"]: day["taps"] for day in demo.days("laboratory", back=30)}
    own = [day for day in whole if day != str(today) and whole[day]]
    assert own
    assert all(whole[day] >= part[day] for day in own)


def test_a_second_demo_in_the_same_folder_is_refused_in_one_line(demo):
    command = [*HYMIO, "demo", "--port", str(free_port()), "--folder", str(demo.folder / "data")]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "another demo runs" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_kiosk_whose_program_ends_boots_again_with_its_journal(demo):
    journals = {kiosk["kiosk"]: kiosk["stored_through"]["journal"] for kiosk in demo.api("kiosks")}
    pid = demo.kiosk_process("children")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: demo.kiosk_process("children") not in (None, pid))
    before = demo.presses_today("library")

    def pressed():
        demo.touch("children", 4)
        return demo.presses_today("library") > before

    wait_until(pressed, 30, pause_s=0.5)
    assert {kiosk["kiosk"]: kiosk["stored_through"]["journal"] for kiosk in demo.api("kiosks")} == journals


def test_an_interrupt_ends_everything_and_the_next_demo_goes_on_with_the_same_data(tmp_path):
    with Demo(tmp_path) as first:
        pids = [first.kiosk_process(kiosk["kiosk"]) for kiosk in first.api("kiosks")]
        before = first.presses_today("library")
        first.touch("loans", 3)
        wait_until(lambda: first.presses_today("library") == before + 1)
        assert first.process.interrupt() == 0
    assert None not in pids
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
    with Demo(tmp_path) as second:
        assert "made-up history" not in second.log().split("Stopping", 1)[1]
        assert second.presses_today("library") == before + 1
