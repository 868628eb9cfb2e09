"""Every step of the build, in the order in which one may use what another has made."""

from hardware.electronics.carrier.steps import STEPS as CARRIER
from hardware.electronics.harness.steps import STEPS as HARNESS
from hardware.electronics.steps import STEPS as ELECTRONICS
from hardware.enclosure.steps import PICTURES
from hardware.enclosure.steps import STEPS as ENCLOSURE
from hardware.power.steps import STEPS as POWER
from hardware.signs.steps import STEPS as SIGNS
from hardware.step import Step

STEPS: tuple[Step, ...] = (*POWER, *ELECTRONICS, *ENCLOSURE, *HARNESS, *SIGNS, *CARRIER, *PICTURES)


def chosen(names: list[str], stale: list[str]) -> list[Step]:
    """The steps of these names in their order, all where none is named; ``stale`` stands for those that are stale.

    Raises KeyError with the names that no step has."""
    wanted = {name for one in names for name in (stale if one == "stale" else [one])}
    unknown = wanted - {step.name for step in STEPS}
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    return [step for step in STEPS if step.name in wanted or not names]
