"""The steps that make the carrier board; hardware/BUILD.md says how one is written."""

from hardware.step import DEBIAN, KICAD, VENV, Step

HERE = "hardware/electronics/carrier"
PROJECT, MADE = f"{HERE}/kicad", f"{HERE}/fabrication"
BOARD, SCHEMATIC = f"{PROJECT}/hymio.kicad_pcb", f"{PROJECT}/hymio.kicad_sch"
LAYERS = "F.Cu,B.Cu,F.Mask,B.Mask,F.Paste,B.Paste,F.SilkS,B.SilkS,Edge.Cuts"
BOX = "hardware/enclosure/parameters.py"
DATA = tuple(f"hardware/electronics/{name}" for name in ("parts.py", "kinds.py", "kinds.toml"))
SCRIPTS = tuple(
    f"{HERE}/{name}.py"
    for name in (
        *("board", "circuit", "drafting", "expression", "footprint", "place", "pour", "poured", "project", "route"),
        *("schematic", "words"),
    )
)
READ = ("hardware/electronics/parts.py", "firmware/board/pins.py")  # what route.py needs
NO_PARTS = ("--define-var", "KICAD9_3DMODEL_DIR=/nowhere", "--define-var", "KIPRJMOD=/nowhere")
SIZE = ("-w", "1500", "-h", "1170", "--zoom", "1.15")


def scripted(name: str, *words: str) -> tuple[str, ...]:
    return ("in-kicad", "python3", "-m", f"hardware.electronics.carrier.{name}", *words)


def schematic(*words: str) -> tuple[str, ...]:
    return ("kicad-cli", "sch", *words, SCHEMATIC)


def board(*words: str) -> tuple[str, ...]:
    return ("kicad-cli", "pcb", *words, BOARD)


# Both fail where they find anything, with or without an error's rank
CHECKS = (
    schematic("erc", "--severity-error", "--severity-warning", "--exit-code-violations", "-o", f"{PROJECT}/erc.rpt"),
    board("drc", "--severity-all", "--schematic-parity", "--exit-code-violations", "-o", f"{PROJECT}/drc.rpt"),
)

STEPS: tuple[Step, ...] = (
    Step(
        name="carrier-models",
        sources=(f"{HERE}/models.py", f"{HERE}/place.py", BOX),
        outputs=(f"{HERE}/models/*.step",),
        commands=(("python", "-m", "hardware.electronics.carrier.models"),),
        needs=(VENV,),
    ),
    Step(
        name="carrier",
        sources=(
            *(*SCRIPTS, *DATA, BOX),
            *(
                "hardware/enclosure/faces.json",
                "firmware/board/pins.py",
                f"{HERE}/models/*.step",
                "hardware/palette.py",
            ),
        ),
        outputs=(
            *(f"{PROJECT}/hymio.{ending}" for ending in ("kicad_pro", "kicad_sch", "kicad_pcb", "net")),
            *(f"{PROJECT}/{name}" for name in ("*-lib-table", "*.rpt")),
            *(f"{HERE}/schematic.{ending}" for ending in ("pdf", "png")),
            f"{MADE}/*",
        ),
        commands=(
            *(scripted("project"), scripted("schematic")),
            schematic("export", "netlist", "-o", f"{PROJECT}/hymio.net"),
            *(scripted("board", f"{PROJECT}/hymio.net"), scripted("poured")),
            *CHECKS,
            board("export", "gerbers", "--layers", LAYERS, "-o", f"{MADE}/"),
            board("export", "drill", "--excellon-separate-th", "-o", f"{MADE}/"),
            board("export", "pos", "--format", "csv", "--units", "mm", "-o", f"{MADE}/hymio-pos.csv"),
            schematic("export", "pdf", "-o", f"{HERE}/schematic.pdf"),
            schematic("export", "svg", "-o", f"{HERE}/"),
            ("rsvg-convert", "-w", "2400", "-o", f"{HERE}/schematic.png", f"{HERE}/hymio.svg"),
            ("python", "-m", "hardware.palette", f"{HERE}/schematic.png"),
        ),
        needs=(DEBIAN, VENV, KICAD),
    ),
    Step(
        name="carrier-reading",
        sources=(f"{MADE}/*", *(f"{HERE}/{name}.py" for name in ("place", "pour", "reading", "route")), BOX, *READ),
        outputs=(f"{HERE}/fabrication.json",),
        commands=(("python", "-m", "hardware.electronics.carrier.reading"),),
        needs=(VENV,),
    ),
    Step(
        name="carrier-pictures",
        sources=(
            *(f"{PROJECT}/hymio.{ending}" for ending in ("kicad_pro", "kicad_pcb")),
            f"{HERE}/models/*.step",
            "hardware/palette.py",
        ),
        outputs=(*(f"{HERE}/{name}.png" for name in ("board", "front", "back", "bare")), f"{HERE}/board.step.zip"),
        commands=(
            board("render", *SIZE, "--side", "top", "-o", f"{HERE}/front.png"),
            board("render", *SIZE, "--side", "bottom", "-o", f"{HERE}/back.png"),
            board("render", *SIZE, "--side", "top", *NO_PARTS, "-o", f"{HERE}/bare.png"),
            board(
                *("render", "-w", "1400", "-h", "1000", "--quality", "high", "--perspective", "--zoom", "0.86"),
                *("--rotate", "'-40,0,20'", "-o", f"{HERE}/board.png"),
            ),
            (
                "python",
                "-m",
                "hardware.palette",
                "--render",
                *(f"{HERE}/{name}.png" for name in ("front", "back", "bare")),
            ),
            board("export", "step", "--subst-models", "-o", f"{HERE}/board.step"),
            ("in-kicad", "python3", "-m", "zipfile", "-c", f"{HERE}/board.step.zip", f"{HERE}/board.step"),
        ),
        needs=(VENV, KICAD),
    ),
)
