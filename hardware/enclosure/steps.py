"""The steps that make what lies in this folder; hardware/BUILD.md says how one is written."""

from hardware.step import DEBIAN, VENV, Step

MODEL = tuple(
    f"hardware/enclosure/{name}.py"
    for name in (
        "assembly",
        "back",
        "bought",
        "cable",
        "drawn",
        "export",
        "front",
        "grip",
        "layout",
        "mount",
        "parameters",
        "pole",
        "printed",
        "solids",
        "tile",
    )
)
DRAWINGS = ("dashboard/templates/_sprite.html", "dashboard/static/style.css")
FACES = "hardware/enclosure/faces.json"
CARD = "hardware/signs/out/card-fi-sv-en.svg"
CARRIER = "hardware/electronics/carrier/board.step.zip"
PAINTED = ("painting", "pictures", "scene", "soldered")

STEPS: tuple[Step, ...] = (
    Step(
        name="faces",
        sources=(*DRAWINGS, "hardware/enclosure/sprite.py"),
        outputs=(FACES,),
        commands=(("python", "-m", "hardware.enclosure.sprite"),),
    ),
    Step(
        name="enclosure",
        sources=(*MODEL, FACES, "hardware/enclosure/files.py", "hardware/enclosure/fit.py"),
        outputs=("hardware/enclosure/stl/*.stl", "hardware/enclosure/step/*.step"),
        commands=(("python", "-m", "hardware.enclosure.fit"), ("python", "-m", "hardware.enclosure.files")),
        needs=(VENV,),
    ),
)

# After the signs, one of whose cards is in them, and the carrier board
PICTURES: tuple[Step, ...] = (
    Step(
        name="enclosure-pictures",
        sources=(*MODEL, FACES, CARD, CARRIER, *(f"hardware/enclosure/{name}.py" for name in PAINTED)),
        outputs=("hardware/enclosure/pictures/*.png",),
        commands=(
            ("rsvg-convert", "-w", "1680", "-o", "hardware/enclosure/card.png", CARD),
            ("python", "-m", "hardware.enclosure.pictures"),
        ),
        needs=(DEBIAN, VENV),
    ),
)
