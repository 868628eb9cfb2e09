"""A short storm over each database; `make storm` is the long one."""

import pytest

from tests.storm.storm import Storm, disagreements, rage, sums
from tests.storm.world import World

TAPS = 4000
KILLS = 6


@pytest.mark.parametrize(("database", "back"), [("postgresql", True), ("sqlite", False)])
def test_whatever_is_killed_every_thanked_tap_is_stored_once_and_counted(tmp_path, database, back):
    collectors = 2 if database == "postgresql" else 1
    with World(tmp_path, database, kiosks=20, fleets=4, lone=2, collectors=collectors, rate=250, seed=7) as world:
        storm = Storm(world, 7, pause_s=1.5, outage_s=1.0)
        rage(storm, TAPS, KILLS, back)
        print("\n".join(sums(world, storm)))
        assert disagreements(world) == []
        assert storm.kills.total() >= KILLS
        assert world.pressed() >= TAPS
