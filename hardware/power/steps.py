"""The step that draws the battery's days."""

from hardware.step import Step

STEPS = (
    Step(
        "power",
        sources=("hardware/power/*.py", "hardware/power/figures.toml", "hardware/paper.py", "hardware/step.py"),
        outputs=("hardware/power/days.svg",),
        commands=(("python", "-m", "hardware.power.plot"),),
    ),
)
