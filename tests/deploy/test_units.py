"""The systemd units: systemd finds nothing wrong with them, and what they may do to the computer stays small."""

import re
import shutil
import subprocess

import pytest

from tests.house.imports import ROOT
from tests.interpreters import missing_part
from tests.system.site import HYMIO

UNITS = ROOT / "deploy" / "systemd"
HARDENED = ("hymio.service", "hymio-collector@.service", "hymio-backup.service", "hymio-mosquitto.service")
MOST_EXPOSED = 1.5  # of 10, as systemd-analyze counts it


@pytest.fixture(scope="module")
def analyze():
    program = shutil.which("systemd-analyze")
    if program is None:
        missing_part("no systemd-analyze: apt-get install systemd")
    return program


@pytest.fixture
def here(tmp_path):
    """The units with the command of this computer instead of the installed one's."""
    program = tmp_path / "hymio"
    program.write_text("#!/bin/sh\nexec " + " ".join(HYMIO) + ' "$@"\n')
    program.chmod(0o755)
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/opt/hymio/.venv/bin/hymio", str(program))
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_systemd_finds_nothing_wrong_with_any_unit(analyze, here):
    names = sorted(here / unit.name for unit in UNITS.iterdir())
    done = subprocess.run([analyze, "verify", "--man=no", *names], capture_output=True, text=True)
    told = [line for line in (done.stdout + done.stderr).splitlines() if "hymio" in line]
    assert (done.returncode, told) == (0, [])


@pytest.mark.parametrize("unit", HARDENED)
def test_a_service_can_do_little_beyond_its_work(analyze, unit):
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", UNITS / unit], capture_output=True, text=True
    )
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    print(f"{unit} exposure {found[1]} of 10")
    assert float(found[1]) <= MOST_EXPOSED


def test_every_unit_that_runs_hymio_runs_a_command_there_is():
    from tests.house.test_documents import commands

    known = {command.split()[0] for command in commands()}
    ran = [
        (unit.name, command)
        for unit in UNITS.iterdir()
        for command in re.findall(r"/bin/hymio ([a-z]+)", unit.read_text())
    ]
    assert ran
    assert not [(unit, command) for unit, command in ran if command not in known]


def test_what_a_unit_names_of_another_is_there_or_is_the_systems():
    names = {unit.name for unit in UNITS.iterdir()}
    theirs = {"postgresql.service", "network-online.target", "time-sync.target", "multi-user.target", "timers.target"}
    named = {name for unit in UNITS.iterdir() for name in re.findall(r"\b[\w@-]+\.(?:service|target|timer|path)\b",
             re.sub(r"^#.*$", "", unit.read_text(), flags=re.M))}  # fmt: skip
    assert named <= names | theirs
