"""The container: what can be held against something without an image, since tests fetch none."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from collector.registration import registry, retirement
from collector.registration.accounts import Accounts
from collector.running.service import utc_now_ms
from hymio import mosquitto
from tests.collector.mosquitto import program
from tests.collector.site import on_sqlite
from tests.house.imports import ROOT
from tests.house.test_documents import commands
from tests.hymio.running_mosquitto import HOST, NOW, Client
from tests.interpreters import missing_part
from tests.system.site import free_port
from tests.waiting import wait_until

DEPLOY = ROOT / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text()
VARIABLE = re.compile(r"\$\{([A-Z_]+)(:[?-])?[^}]*\}")


def resolved():
    """compose.yaml with every variable said and every anchor followed."""
    return yaml.safe_load(VARIABLE.sub(lambda found: f"{found[1].lower().replace('_', '-')}.example", TEXT))


def test_the_compose_file_is_as_the_specification_wants_it():
    try:
        from compose_spec import PyCompose
    except ModuleNotFoundError:
        missing_part("no compose-spec: `make test` installs it")
    composed = PyCompose.from_yaml(yaml.safe_dump(resolved()))
    composed.validate()
    assert {"hymio", "broker", "database", "setup", "proxy"} <= set(composed.service_names())


def test_the_containerfile_has_nothing_that_a_linter_finds():
    linter = shutil.which("hadolint") or shutil.which("hadolint", path=Path(sys.executable).parent)
    if linter is None:
        missing_part("no hadolint: `make test` installs it")
    done = subprocess.run([linter, DEPLOY / "Containerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_an_image_is_installed_as_make_installs():
    def ways(text):
        return {" ".join(way.split()) for way in re.findall(r"--(?:require-hashes -r|no-deps)[^\n&\\]*", text)}

    made = {way.replace("--quiet ", "") for way in ways((ROOT / "Makefile").read_text())}
    assert ways((DEPLOY / "Containerfile").read_text()) <= made


def test_what_is_wanted_to_be_said_is_listed_without_a_value():
    listed = dict(re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / "compose.env").read_text(), re.M))
    assert set(listed) == {found[0] for found in VARIABLE.findall(TEXT)} | {"METRICS_TOKEN"}
    assert set(listed.values()) == {""}


def test_every_file_that_is_mounted_is_there_and_every_image_has_a_version():
    for name, service in resolved()["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (DEPLOY / source).exists(), f"{name}: {source}"
        assert service["image"] == "hymio" or re.search(r":v?\d", service["image"]), name


def test_what_runs_in_a_container_is_a_command_there_is():
    ran = re.findall(r"exec hymio ([a-z]+)", TEXT)
    assert set(ran) == {"serve", "collect"} <= commands()
    assert " ".join(resolved()["services"]["setup"]["command"][:2]) in commands()


@pytest.fixture
def site(tmp_path):
    with on_sqlite(tmp_path) as site:
        yield site


class InContainer:
    """Mosquitto as compose.yaml starts it: accounts change without a signal."""

    def __init__(self, engine, folder):
        self.folder, self.secrets = folder, {}
        self.site = mosquitto.Site(folder, HOST, free_port(), 1, "root")
        mosquitto.write(engine, self.site, NOW)
        self.accounts = Accounts(engine, folder / "accounts", None)
        path = os.environ["PATH"] + os.pathsep + str(Path(program()).parent)
        self.process = subprocess.Popen(
            ["/bin/sh", DEPLOY / "broker.sh", folder],
            env={**os.environ, "PATH": path},
            stderr=(folder / "log").open("wb"),
        )


def test_a_broker_in_a_container_reads_changed_accounts_and_ends_in_order(site, tmp_path):
    broker = InContainer(site.engine, tmp_path / "mosquitto")
    clients = []

    def lets_in(secret):
        try:
            clients.append(Client(broker, "new-1", secret, None, None))
        except OSError:
            return False  # it does not listen yet
        return clients[-1].in_

    try:
        secret = registry.add_kiosk(site.engine, "new-1", "door", utc_now_ms())
        broker.accounts.write()
        wait_until(lambda: lets_in(secret))
        retirement.retire(site.engine, "new-1", utc_now_ms())
        broker.accounts.write()
        wait_until(lambda: clients[-1].ended is not None)
        wait_until(lambda: not lets_in(secret))
    finally:
        for client in clients:
            client.close()
        broker.process.send_signal(signal.SIGTERM)
        assert broker.process.wait(10) is not None
