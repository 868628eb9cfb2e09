"""The steps that draw harness.svg, after the faces, which its buttons show."""

from hardware.step import DEBIAN, VENV, Step

HERE = "hardware/electronics"
DATA = tuple(f"{HERE}/{name}" for name in ("parts.py", "kinds.py", "kinds.toml", "wiring.py", "carrier/place.py"))
FACES = ("enclosure/drawn.py", "enclosure/faces.json", "enclosure/parameters.py", "signs/faces.py", "signs/words.py")
LETTERS = ("hardware/paper.py", "hardware/inter.py", "hardware/inter.json")

STEPS: tuple[Step, ...] = (
    Step(
        name="inter",
        sources=("hardware/inter.py",),
        outputs=("hardware/inter.json",),
        commands=(("python", "-m", "hardware.inter"),),
        needs=(DEBIAN, VENV),
    ),
    Step(
        name="harness",
        sources=(
            *(*DATA, f"{HERE}/harness/*.py", "firmware/board/pins.py"),
            *(*(f"hardware/{name}" for name in FACES), *LETTERS),
        ),
        outputs=(f"{HERE}/harness.svg",),
        commands=(("python", "-m", "hardware.electronics.harness"),),
    ),
)
