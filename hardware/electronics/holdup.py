"""How long the flash keeps its supply when the box loses its own, by ngspice.

``python -m hardware.electronics.holdup`` writes holdup.cir and holdup.json. The box writes until the supervisor stops
it, so an erase may begin just then: what counts is the time from there until VSYS is below what the Pico's converter
takes, 1.8 V (Pico W datasheet, 2.3). Until then the flash has its 3.3 V, and it ends an erase by itself."""

import json
from collections.abc import Callable
from pathlib import Path

from hardware.electronics.ngspice import Samples, at, simulate
from hardware.power.figures import value

ENDS_V = 1.8
LOST_MS = 10.0  # when the supply goes
CURVE_MS = 5  # from one point of a drawn curve to the next
FLASH_A, EFFICIENCY = 0.025, 0.85  # while it erases; of the converter: both assumed
RESET_W = 0.005  # the Pico in reset without its flash, assumed
DIODE_V = 0.35  # of the Pico's D1, assumed
FLASH_W = FLASH_A * 3.3 / EFFICIENCY
# figures.toml's currents are taken at 5 V before the diode; four lights are lit besides
WRITING_W = (value("busy_ma") + value("radio_ma")) / 1000 * (value("supply_v") - DIODE_V) + FLASH_W
HELD_W = RESET_W + FLASH_W
# The Pico after its reset, before its radio and its lights
STARTING_W = value("busy_ma") / 1000 * (value("supply_v") - DIODE_V)
TIMES_MS = (
    80,
    280,
)  # for which the supervisor holds RUN low once VSYS is back: at least (DS20001906D); at most, assumed

# 2.930 V is the MCP121-300's trip point, 2.857 V its lowest over temperature, 2.564 V the -270's (DS20001906D)
CASES = {
    "as designed": {"farad": 30e-3, "trip_v": 2.930, "vsys_v": 4.65},
    "worst parts": {"farad": 24e-3, "trip_v": 2.857, "vsys_v": 4.65},
    "worst parts, two of 10,000 µF": {"farad": 16e-3, "trip_v": 2.857, "vsys_v": 4.65},
    "worst parts, MCP121-270": {"farad": 24e-3, "trip_v": 2.564, "vsys_v": 4.65},
    "worst parts, cells pulled out when nearly empty": {"farad": 24e-3, "trip_v": 2.857, "vsys_v": 2.90},
    "worst parts, cells pulled out in the last 0.02 V": {"farad": 24e-3, "trip_v": 2.857, "vsys_v": 2.87},
    "worst parts, let go again on what is left": {
        "farad": 24e-3,
        "trip_v": 2.857,
        "vsys_v": 3.17,
        "writing_w": STARTING_W,
    },
    "1,000 µF": {"farad": 1e-3, "trip_v": 2.930, "vsys_v": 4.65},
}

CIRCUIT = """* VSYS after the supply has gone: C5 and C6 behind R13 and D3, the Pico as the power it takes, four lights
.param cap={farad:g} trip={trip_v:g} full={vsys_v:g} writing={writing_w:.4f} held={held_w:.4f}
V1 supply 0 pwl(0 {{full}} {lost:g}m {{full}} {after:g}m 0)
S1 supply vsys plug 0 joint
V2 plug 0 pwl(0 1 {lost:g}m 1 {after:g}m 0)
.model joint sw(vt=0.5 vh=0 ron=0.05 roff=100meg)
C5 top 0 {{cap}} ic={vsys_v:g}
R5 top buffer 0.03
R13 buffer vsys 22
D3 buffer vsys schottky
.model schottky d(is=1u n=1.05 rs=0.1)
C7 vsys 0 100n ic={vsys_v:g}
* the supervisor, once it has tripped it stays: its own time is 80 ms and more
B1 tripped 0 v = v(vsys) < trip ? 1 : (v(kept) > 0.5 ? 1 : 0)
R1 tripped kept 10
C1 kept 0 1u ic=0
B2 vsys 0 i = (v(kept) > 0.5 ? held : writing) * min(1 / max(v(vsys), 1), max(v(vsys), 0))
B3 vsys 0 i = v(kept) > 0.5 ? 0 : 4 * max(0, v(vsys) - 3.3) / 180
.tran 0.1m {end:g} 0 0.1m uic
"""


def circuit(farad: float, trip_v: float, vsys_v: float, writing_w: float = WRITING_W, held_w: float = HELD_W) -> str:
    return CIRCUIT.format(
        farad=farad,
        trip_v=trip_v,
        vsys_v=vsys_v,
        writing_w=writing_w,
        held_w=held_w,
        lost=LOST_MS,
        after=LOST_MS + 0.01,
        end=0.15 if farad < 2e-3 else 1.8,
    )


def first_ms(samples: Samples, holds: Callable[[tuple[float, ...]], bool]) -> float:
    return next(row[0] for row in samples if holds(row)) * 1000


def told(case: dict[str, float]) -> dict[str, float]:
    """Times in ms from one to the next; ``rebound_mv``: how much VSYS is over the trip point at the first of TIMES_MS,
    while an erase goes on; ``idle_rebound_mv``: at the last of them, when none does.

    The trip is read at the supervisor: within one step the load goes with it, and VSYS springs back, so that among the
    samples none need lie below the trip point until much later."""
    samples = simulate(circuit(**case), "v(vsys) v(kept)")
    trips_ms = first_ms(samples, lambda row: row[2] > 0.5)
    ends_ms = first_ms(samples, lambda row: row[1] < ENDS_V)
    idle = simulate(circuit(**case, held_w=RESET_W), "v(vsys) v(kept)")
    soon_v, late_v = (at(each, (trips_ms + ms) / 1000) for each, ms in zip((samples, idle), TIMES_MS, strict=True))
    return {
        "lost_to_trip_ms": round(trips_ms - LOST_MS),
        "trip_to_end_ms": round(ends_ms - trips_ms),
        "rebound_mv": round(1000 * (soon_v - case["trip_v"])),
        "idle_rebound_mv": round(1000 * (late_v - case["trip_v"])),
    }


def curve(case: dict[str, float]) -> list[float]:
    """VSYS each CURVE_MS, from when the supply has gone."""
    samples = simulate(circuit(**case), "v(vsys)")
    steps = int((samples[-1][0] * 1000 - LOST_MS) / CURVE_MS)
    return [round(at(samples, (LOST_MS + i * CURVE_MS) / 1000), 2) for i in range(steps)]


def main() -> None:
    folder = Path(__file__).parent
    result = {"cases": {name: told(case) for name, case in CASES.items()}}
    curves = {name: curve(CASES[name]) for name in ("as designed", "worst parts", "1,000 µF")}
    (folder / "holdup.cir").write_text(circuit(**CASES["worst parts"]) + ".end\n", encoding="utf-8")
    (folder / "holdup.json").write_text(json.dumps(result | {"curves": curves}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
