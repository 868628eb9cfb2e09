"""The steps that make what lies in this folder; hardware/BUILD.md says how one is written."""

from hardware.step import DEBIAN, VENV, Step

HERE = "hardware/electronics"
DATA = (f"{HERE}/parts.py", f"{HERE}/kinds.py", f"{HERE}/kinds.toml", "firmware/board/pins.py")

STEPS: tuple[Step, ...] = (
    Step(
        name="bom",
        sources=(*DATA, f"{HERE}/bom.py"),
        outputs=(f"{HERE}/bom.csv", f"{HERE}/netlist.csv"),
        commands=(("python", "-m", "hardware.electronics.bom"),),
    ),
    Step(
        name="wiring",
        sources=(*DATA, f"{HERE}/wiring.py"),
        outputs=(f"{HERE}/wiring.svg", f"{HERE}/wiring.png"),
        commands=(("python", "-m", "hardware.electronics.wiring"),),
        needs=(DEBIAN, VENV),
    ),
)
