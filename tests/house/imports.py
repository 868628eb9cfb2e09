"""Who imports whom: reads every module of the repository by its syntax, without running it."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# Where the modules of a part stand; what is not named here (tests) may import all.
PLACES = {
    "wire": ["wire"],
    "kiosk": ["firmware/kiosk"],
    "pins": ["firmware/board/pins.py"],
    "board": ["firmware/board"],
    "main.py": ["firmware/main.py"],
    "firmware/tools": ["firmware/tools"],
    "collector": ["collector"],
    "dashboard": ["dashboard"],
    "hardware": ["hardware"],
    "hymio": ["hymio"],
}

# What a part may import of ours, by the first name or the first two; the part itself is always allowed.
ALLOWED = {
    "wire": [],
    "kiosk": ["wire"],
    "pins": [],
    "board": ["board"],
    "main.py": ["kiosk", "board", "wire"],
    "firmware/tools": ["wire", "kiosk", "board", "firmware.tools"],
    "collector": ["collector", "wire"],
    "dashboard": [
        "dashboard",
        "collector.database.tables",
        "collector.database.store",
        "collector.verdict.policy",
        "collector.kiosks.presence",
        "collector.kiosks.alive",
        "collector.verdict.timetable",
        "collector.verdict.week",
    ],
    "hardware": ["hardware", "board.pins"],
    "hymio": ["wire", "collector", "dashboard", "hymio", "firmware.tools", "kiosk", "board.pins"],
}
# The collector's rooms, from the ground up: each imports only those before it.
ROOMS = (
    "database",
    "registration",
    "verdict",
    "days",
    "kiosks",
    "answers",
    "intake",
    "connection",
    "care",
    "running",
)
BESIDE = {"broker": ("database", "registration")}
OWN = {"wire": "wire", "kiosk": "kiosk"}

OURS = {"wire", "kiosk", "board", "collector", "dashboard", "hymio", "hardware", "firmware", "tests"}

# Of a MicroPython's own modules, what the pure half must never touch.
HARDWARE = {
    "machine",
    "network",
    "rp2",
    "socket",
    "ssl",
    "tls",
    "lwip",
    "bluetooth",
    "_thread",
    "vfs",
}
NOT_ON_MICROPYTHON = {"dataclasses", "typing", "enum", "abc", "pathlib", "datetime", "functools", "itertools", "re"}
FORBIDDEN = {"wire": HARDWARE | NOT_ON_MICROPYTHON | {"json", "os", "time"}, "kiosk": HARDWARE | NOT_ON_MICROPYTHON}


def modules_of(part):
    """The files of a part, the part's exceptions (``pins`` in ``board``) left out."""
    files = []
    for place in PLACES[part]:
        path = ROOT / place
        files += [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
    elsewhere = {ROOT / place for other in PLACES if other != part for place in PLACES[other] if place.endswith(".py")}
    return [path for path in files if path.exists() and path not in elsewhere]


def imported(source):
    """``(line, dotted name)`` of every import in a text, also inside functions; a relative import keeps its dots."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def complaint(part, name):
    """Why ``part`` may not import ``name``; None where it may."""
    first = name.split(".")[0]
    if not first:
        return "imports relatively: the same name must work on both interpreters"
    if first in FORBIDDEN.get(part, ()):
        return f"imports {first}"
    if first in OURS:
        allowed = [*ALLOWED[part], OWN.get(part, part)]
        if not any(name == a or name.startswith(a + ".") for a in allowed):
            return f"imports {name}"
        return None
    if part in ("wire", "kiosk") and first not in sys.stdlib_module_names and first not in ("micropython", "uctypes"):
        return f"imports {first}, which is not in the standard library"
    return None


def rooms_below(room):
    """The rooms of the collector that ``room`` may import, itself among them."""
    return {room, *(BESIDE[room] if room in BESIDE else ROOMS[: ROOMS.index(room)])}


def climbing(room, source):
    """``(line, name)`` of every import in ``source``, a file of a room, that leads to a room above it."""
    below = rooms_below(room)
    for line, name in imported(source):
        first, _, rest = name.partition(".")
        if first == "collector" and rest and rest.split(".")[0] not in below:
            yield line, name


def forbidden(part, source):
    """``(line, complaint)`` of every import in ``source`` that ``part`` may not have."""
    return [(line, why) for line, name in imported(source) if (why := complaint(part, name))]
