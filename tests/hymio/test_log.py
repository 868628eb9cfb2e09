"""The log: each line has its time, its level and its part; a flood of lines is counted; no secret is in any."""

import json
import logging
import re
import subprocess
import sys
import threading

import pytest

from collector.database import migration
from collector.database.store import open_store
from collector.registration import registry
from collector.running.service import utc_now_ms
from hymio import log
from hymio.log import ALL, EVERY_S, LIKE_IT, Restraint
from tests.collector.broker_client import Client
from tests.collector.site import taps
from tests.system.site import HYMIO, LOOPBACK, NAMES, Process, answers, clean_environment, free_port
from tests.system.test_setting_up import run
from tests.waiting import wait_until

GUESSES = 12
TEXT = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d (INFO|WARNING|ERROR|CRITICAL) [a-z]+( [a-z0-9-]+)?: ."
)


def record(message, kiosk=None, level=logging.ERROR):
    made = logging.LogRecord("hymio.collector", level, "", 0, message, (), None)
    if kiosk:
        made.kiosk = kiosk
    return made


class Restrained:
    """A Restraint whose clock stands where the test puts it."""

    def __init__(self):
        self.now_s = 1000.0
        self.restraint = Restraint(lambda: self.now_s)

    def passed(self, *records):
        return [one for one in records if self.restraint.filter(one)]


def of_every_kind(lines):
    return ["".join(chr(97 + int(digit)) for digit in str(n)) for n in range(lines)]


def test_lines_that_differ_only_in_figures_are_counted_after_the_first():
    restrained, said = Restrained(), []
    for n in range(50):
        restrained.now_s = 1000 + n / 10
        said += restrained.passed(record(f"{n} deliveries wait, again in {n / 7:.2f} s"))
    assert len(said) == LIKE_IT
    restrained.now_s = 1000 + EVERY_S
    (later,) = restrained.passed(record("3 deliveries wait, again in 0.10 s"))
    assert later.left_out == 50 - LIKE_IT


def test_another_line_and_another_kiosk_are_not_held_back():
    restrained = Restrained()
    restrained.passed(*(record("no", "lobby-1") for _ in range(20)))
    assert len(restrained.passed(record("no", "lobby-2"), record("other", "lobby-1"))) == 2


def test_a_flood_of_lines_of_every_kind_is_bounded_and_told():
    restrained = Restrained()
    assert len(restrained.passed(*map(record, of_every_kind(10 * ALL)))) == ALL
    restrained.now_s += EVERY_S
    (later,) = restrained.passed(record("new"))
    assert later.left_out == 9 * ALL
    assert len(restrained.restraint._kinds) <= log._MOST_KINDS


def test_a_critical_line_is_never_left_out():
    restrained = Restrained()
    restrained.passed(*map(record, of_every_kind(2 * ALL)))
    grave = [record("the disk is full", level=logging.CRITICAL) for _ in range(3 * LIKE_IT)]
    assert restrained.passed(*grave) == grave


def test_a_computers_clock_that_is_set_back_silences_nothing():
    """What a record says of its time is that clock's."""
    restrained = Restrained()
    restrained.passed(*(record("no") for _ in range(20)), *map(record, of_every_kind(2 * ALL)))
    restrained.now_s += EVERY_S
    earlier = [record("no"), record("new")]
    for one in earlier:
        one.created -= 365 * 86400
    assert restrained.passed(*earlier) == earlier


@pytest.fixture
def settings(tmp_path):
    return {
        "database": f"sqlite:///{tmp_path / 'hymio.sqlite'}",
        "update_key": tmp_path / "update.key",
        "http_port": free_port(),
        "embedded_port": free_port(),
        "metrics_token": "a-token-that-nobody-may-read",
    }


def lived(settings, tmp_path):
    """What a service says that meets strangers, wrong passwords and wrong messages; with the secrets it knew."""
    engine = open_store(settings["database"])
    migration.upgrade(engine)
    registry.add_unit(engine, "library", NAMES, None)
    registry.add_point(engine, "desk", "library", NAMES, "Europe/Helsinki")
    secret = registry.add_kiosk(engine, "desk-1", "desk", utc_now_ms())
    engine.dispose()
    service = Process([*HYMIO, "serve"], tmp_path / "service.log", clean_environment(**settings))
    service.start()
    try:
        wait_until(lambda: answers(f"http://{LOOPBACK}:{settings['http_port']}/readyz"), timeout_s=60)
        for n in range(GUESSES):
            Client(settings["embedded_port"], "desk-1", "desk-1", f"guessed-password-{n}").close()
        kiosk = Client(settings["embedded_port"], "desk-1", "desk-1", secret)
        kiosk.publish(*taps(1, [4], kiosk="desk-1"))
        kiosk.publish(*taps(1, [4], kiosk="desk-2"), qos=0)  # another kiosk's topic
        kiosk.close()
    finally:
        service.interrupt()
    return service.log.read_text(), [secret, "guessed-password", settings["metrics_token"], "desk-2/taps {"]


def test_every_line_of_a_service_for_programs_is_an_object_with_time_level_and_part(settings, tmp_path):
    settings["log_format"] = "json"
    text, secrets = lived(settings, tmp_path)
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines and all({"time", "level", "part", "message"} <= line.keys() for line in lines)
    assert any(line["message"].startswith("hymio is ready") for line in lines)
    assert {line.get("kiosk") for line in lines} >= {None, "desk-1"}
    assert len([line for line in lines if "was refused" in line["message"]]) < GUESSES / 2
    assert not [secret for secret in secrets if secret in text]


def test_every_line_of_a_service_for_people_has_time_level_and_part(settings, tmp_path):
    text, secrets = lived(settings, tmp_path)
    lines = [line for line in text.splitlines() if line and not line.startswith("hymio is ready")]
    assert lines and not [line for line in lines if not TEXT.match(line)]
    assert not [secret for secret in secrets if secret in text]


def test_a_service_for_programs_says_why_it_cannot_start_in_the_same_form(settings):
    done = run({**settings, "log_format": "json", "database": "sqlite:////proc/nowhere/h.sqlite"}, "serve")
    assert done.returncode == 2 and done.stdout == ""
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert line["level"] == "critical" and "/proc/nowhere" in line["message"]


def test_a_fault_that_nobody_foresaw_is_a_line_with_its_trace(capfd):
    log.set_up("json")
    try:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    finally:
        logging.getLogger().handlers.clear()
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
        logging.captureWarnings(False)
    assert line["level"] == "critical" and "ZeroDivisionError" in line["trace"]


def test_the_systems_journal_gets_the_level_in_front_and_keeps_the_time_itself(tmp_path):
    program = (
        "import os, sys, logging; there = os.fstat(2); from hymio import log; "
        "os.environ['JOURNAL_STREAM'] = f'{there.st_dev}:{there.st_ino}'; log.set_up('text'); "
        "logging.getLogger('hymio.collector').error('no')"
    )
    with (tmp_path / "journal").open("wb") as journal:
        subprocess.run([sys.executable, "-c", program], stderr=journal, check=True)
    assert (tmp_path / "journal").read_text() == "<3>ERROR collector: no\n"
