"""The steps that make what lies in this folder; hardware/BUILD.md says how one is written."""

from hardware.step import DEBIAN, VENV, Step

HERE = "hardware/electronics"
DATA = (f"{HERE}/parts.py", f"{HERE}/kinds.py", f"{HERE}/kinds.toml", "firmware/board/pins.py")

STEPS: tuple[Step, ...] = (
    Step(
        name="bom",
        sources=(*DATA, f"{HERE}/bom.py"),
        outputs=(f"{HERE}/bom.csv", f"{HERE}/carrier/bom.csv", f"{HERE}/netlist.csv"),
        commands=(("python", "-m", "hardware.electronics.bom"),),
    ),
    Step(
        name="wiring",
        sources=(*DATA, f"{HERE}/wiring.py", "hardware/palette.py", "hardware/paper.py"),
        outputs=(f"{HERE}/wiring.svg", f"{HERE}/wiring.png"),
        commands=(
            ("python", "-m", "hardware.electronics.wiring"),
            ("python", "-m", "hardware.palette", f"{HERE}/wiring.png"),
        ),
        needs=(DEBIAN, VENV),
    ),
    Step(
        name="simulations",
        sources=(
            f"{HERE}/contact.py",
            f"{HERE}/holdup.py",
            f"{HERE}/ngspice.py",
            "hardware/power/figures.py",
            "hardware/power/figures.toml",
        ),
        outputs=tuple(f"{HERE}/{name}" for name in ("*.cir", "contact.json", "holdup.json")),
        commands=(
            ("python", "-m", "hardware.electronics.contact"),
            ("python", "-m", "hardware.electronics.holdup"),
        ),
        needs=(DEBIAN,),
    ),
    Step(
        name="curves",
        sources=(f"{HERE}/contact.json", f"{HERE}/holdup.json", f"{HERE}/curves.py", "hardware/paper.py"),
        outputs=(f"{HERE}/contact.svg", f"{HERE}/holdup.svg"),
        commands=(("python", "-m", "hardware.electronics.curves"),),
    ),
)
