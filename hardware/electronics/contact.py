"""What the Pico sees of a button: the contact, 1 kΩ, 10 nF, the pull-up, the TVS; and a discharge into it. By ngspice.

``python -m hardware.electronics.contact`` writes contact.cir, discharge.cir and contact.json, whose edges tests hand to
the firmware. RP2040 datasheet, table 632, at 3.3 V: low below 0.8 V, hysteresis at least 0.2 V, pull-up 50 to 80 kΩ.
That it is high above 2.0 V is assumed: that line of the table was not read."""

import json
from pathlib import Path

from hardware.electronics.ngspice import Samples, at, simulate

LOW_V, HIGH_V, HYSTERESIS_V = 0.8, 2.0, 0.2
CORNERS = {
    "fast": {"pull_ohm": 50e3, "farad": 9e-9},
    "slow": {"pull_ohm": 80e3, "farad": 11e-9},
}  # the ends of the pull-up, with 10 nF ± 10 %
# (falls below, rises above): the input that sees a closing longest, and the one that sees it shortest
INPUTS = {"fast": (LOW_V, LOW_V + HYSTERESIS_V), "slow": (HIGH_V - HYSTERESIS_V, HIGH_V)}
CLOSES_MS = 5.0  # when the contact first closes

# ms closed, open, closed, …; bounces are assumed
STORIES: dict[str, list[float]] = {
    "spike of 1 ms": [1.0],
    "spike of 2 ms": [2.0],
    "spike of 3 ms": [3.0],
    "three spikes of 3 ms, 2 ms apart": [3.0, 2.0, 3.0, 2.0, 3.0],
    "press of 20 ms": [20.0],
    "press of 20 ms that bounces": [0.4, 0.3, 0.8, 0.5, 1.2, 0.6, 16.2, 0.4, 0.3, 0.6, 0.5],
    "press of 100 ms that bounces": [1.5, 1.5, 1.5, 1.0, 94.5, 1.0, 1.5, 1.5, 1.5],
}

CIRCUIT = """* A button at the Pico: contact S1, R1, C1, the GPIO's pull-up, the TVS as its capacitance
.param pull={pull_ohm:g} cap={farad:g}
V1 rail 0 3.3
R0 rail pin {{pull}}
C1 pin 0 {{cap}} ic=3.3
R1 pin button 1k
C2 button 0 30p ic=3.3
S1 button 0 finger 0 contact
.model contact sw(vt=0.5 vh=0 ron=0.1 roff=100meg)
V2 finger 0 pwl({points})
.tran 10u {end:g} 0 10u uic
"""

# IEC 61000-4-2's network, 150 pF and 330 Ω, without its inductance and its first spike; the TVS: 6.8 V and 1 Ω, assumed
DISCHARGE = """* A charged hand at the button's wire
C3 hand 0 150p ic={volt:g}
R3 hand button 330
V0 clamp 0 0
D1 0 button tvs
.model tvs d(is=1n bv=6.8 ibv=1m rs=1 cjo=30p)
R1 button pin 1k
C1 pin 0 10n ic=3.3
V1 rail 0 3.3
R0 rail pin 50k
.tran 0.1n 3u 0 0.5n uic
"""


def points(story: list[float]) -> str:
    """The contact over time for ngspice: 1 closed, 0 open."""
    time_ms, closed, found = CLOSES_MS, True, ["0 0"]
    for length_ms in [0.0, *story]:
        time_ms += length_ms
        found.append(f"{time_ms:g}m {int(not closed)} {time_ms + 0.001:g}m {int(closed)}")
        closed = not closed
    return " ".join(found)


def circuit(story: list[float], corner: str) -> str:
    return CIRCUIT.format(points=points(story), end=(CLOSES_MS + sum(story) + 5) / 1000, **CORNERS[corner])


def edges(samples: Samples, falls_v: float, rises_v: float) -> list[tuple[float, bool]]:
    """When, in ms, the input turns, and whether that says closed."""
    closed, found = False, []
    for time_s, pin_v in samples:
        if (pin_v > rises_v) if closed else (pin_v < falls_v):
            closed = not closed
            found.append((round(time_s * 1000, 2), closed))
    return found


def curve(samples: Samples) -> list[float]:
    """The pin's voltage each 0.1 ms."""
    return [round(at(samples, i / 1e4), 2) for i in range(int(samples[-1][0] * 1e4 + 0.5))]


def told() -> dict:
    result: dict = {"edges": {}, "curves": {}}
    for name, story in STORIES.items():
        for corner in CORNERS:
            samples = simulate(circuit(story, corner), "v(pin)")
            result["edges"].setdefault(name, {})[corner] = edges(samples, *INPUTS[corner])
            if name in ("spike of 3 ms", "press of 20 ms that bounces"):
                result["curves"].setdefault(name, {})[corner] = curve(samples)
    for volt in (8000, -8000):
        samples = simulate(DISCHARGE.format(volt=volt), "v(button) v(pin)")
        button, pin = [row[1] for row in samples], [row[2] for row in samples]
        result.setdefault("discharge", {})[f"{volt / 1000:+g} kV"] = {
            "button_v": round(max(button) if volt > 0 else min(button)),
            "pin_v": [round(min(pin), 1), round(max(pin), 1)],
        }
    return result


def main() -> None:
    folder = Path(__file__).parent
    (folder / "contact.cir").write_text(circuit(STORIES["spike of 3 ms"], "slow") + ".end\n", encoding="utf-8")
    (folder / "discharge.cir").write_text(DISCHARGE.format(volt=8000) + ".end\n", encoding="utf-8")
    (folder / "contact.json").write_text(json.dumps(told()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
