"""The steps that make what lies in this folder; hardware/BUILD.md says how one is written."""

from hardware.step import VENV, Step

MODEL = tuple(
    f"hardware/enclosure/{name}.py"
    for name in (
        "assembly",
        "back",
        "bought",
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
    Step(
        name="enclosure-pictures",
        sources=(*MODEL, FACES, *(f"hardware/enclosure/{name}.py" for name in ("painting", "pictures", "scene"))),
        outputs=("hardware/enclosure/pictures/*.png",),
        commands=(("python", "-m", "hardware.enclosure.pictures"),),
        needs=(VENV,),
    ),
)
