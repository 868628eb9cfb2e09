import pytest

from tests.house.imports import BESIDE, PLACES, ROOMS, ROOT, climbing, forbidden, modules_of


@pytest.mark.parametrize("part", PLACES)
def test_a_part_imports_only_what_lies_before_it(part):
    found = []
    for path in modules_of(part):
        for line, why in forbidden(part, path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(ROOT)}:{line}: {part} {why}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("wire", "import machine"),
        ("wire", "import json"),
        ("wire", "from kiosk import journal"),
        ("wire", "import msgspec"),
        ("kiosk", "def f():\n    import socket"),
        ("kiosk", "from machine import Pin"),
        ("kiosk", "from board import host"),
        ("kiosk", "from collector.database import tables"),
        ("kiosk", "from . import journal"),
        ("pins", "from board import host"),
        ("board", "from kiosk import journal"),
        ("collector", "import dashboard.app"),
        ("collector", "from board.pins import FACES"),
        ("collector", "from hymio.settings import load"),
        ("dashboard", "from collector.intake.ingest import Ingest"),
        ("dashboard", "from wire import codec"),
        ("hardware", "from board.host import Host"),
        ("main.py", "from collector.database import tables"),
    ],
)
def test_an_import_against_the_direction_is_caught(part, source):
    assert forbidden(part, source)


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("wire", "from wire.kinds import Whole\nfrom collections import namedtuple"),
        ("kiosk", "from wire import codec\nfrom kiosk import journal\nimport os\nfrom micropython import const"),
        ("board", "import machine\nfrom board.pins import FACES"),
        ("main.py", "from kiosk import uplink\nfrom board import host"),
        ("collector", "from wire import codec\nfrom collector.database.tables import tap"),
        ("dashboard", "from collector.database.tables import tap_day\nimport fastapi"),
        ("hymio", "from dashboard.app import create_app\nfrom collector.registration import registry"),
    ],
)
def test_an_import_along_the_direction_is_not(part, source):
    assert not forbidden(part, source)


@pytest.mark.parametrize("part", ["wire", "collector", "dashboard", "hymio"])
def test_every_part_is_there(part):
    assert modules_of(part)


def test_nobody_imports_the_composition():
    for part in PLACES:
        if part != "hymio":
            assert forbidden(part, "import hymio.command")


@pytest.mark.parametrize("room", [*ROOMS, *BESIDE])
def test_a_room_of_the_collector_imports_only_those_below_it(room):
    found = []
    for path in sorted((ROOT / "collector" / room).rglob("*.py")):
        found += [(path.name, *where) for where in climbing(room, path.read_text(encoding="utf-8"))]
    assert not found


def test_the_collector_has_no_room_that_is_not_named():
    assert {path.name for path in (ROOT / "collector").iterdir() if path.is_dir()} - {"__pycache__"} == {
        *ROOMS,
        *BESIDE,
    }


def test_an_import_of_a_room_above_is_caught():
    assert list(climbing("days", "import json\nfrom collector.intake import journal"))
    assert list(climbing("broker", "from collector.intake.ingest import Ingest"))
    assert not list(climbing("intake", "from collector.days.dating import Times\nfrom collector.intake import journal"))
