"""A short storm over each database, which is set back to a backup in the middle; `make storm` has the long ones."""

import pytest

from tests.storm.storm import Storm, disagreements, rage, sums
from tests.storm.world import World

TAPS = 4000
KILLS = 6


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_whatever_is_killed_every_thanked_tap_is_stored_once_and_counted(tmp_path, database):
    collectors = 2 if database == "postgresql" else 1
    with World(tmp_path, database, kiosks=20, fleets=4, lone=2, collectors=collectors, rate=250, seed=7) as world:
        storm = Storm(world, 7, pause_s=1.5, outage_s=1.0)
        rage(storm, TAPS, KILLS, back=True)
        print("\n".join(sums(world, storm)))
        assert disagreements(world) == []
        assert storm.kills.total() >= KILLS
        assert world.pressed() >= TAPS
        assert min(storm.links["cut"], storm.links["delayed"]) > 0
        spared = {(kiosk.sort, kiosk.behind_relay) for kiosk in world.kiosks if not kiosk.kills}
        assert spared >= {("CPython", False), ("CPython", True), ("MicroPython", True)}
