"""The steps that draw the signs; PDF of exactly the drawing's size from each."""

from hardware.step import DEBIAN, Step

NAMES = ("card-fi", "card-sv", "card-en", "card-fi-sv-en", "easy-fi", "easy-sv", "easy-en", "touch-sheet")
SVG = tuple(f"hardware/signs/out/{name}.svg" for name in NAMES)
PDF = tuple(f"hardware/signs/out/{name}.pdf" for name in NAMES)

STEPS = (
    Step(
        "signs",
        sources=(
            "hardware/signs/*.py",
            "hardware/inter.py",
            "hardware/inter.json",
            "hardware/enclosure/drawn.py",
            "hardware/enclosure/parameters.py",
            "hardware/enclosure/layout.py",
            "hardware/paper.py",
            "hardware/step.py",
            "hardware/enclosure/faces.json",
        ),
        outputs=SVG,
        commands=(("python", "-m", "hardware.signs"),),
    ),
    Step(
        "signs-pdf",
        sources=SVG,
        outputs=PDF,
        commands=tuple(("rsvg-convert", "-f", "pdf", "-o", pdf, svg) for svg, pdf in zip(SVG, PDF, strict=True)),
        needs=(DEBIAN,),
    ),
)
