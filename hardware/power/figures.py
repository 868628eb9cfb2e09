"""The figures of the power budget; figures.toml holds them, and README.md shows them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

KINDS = ("datasheet", "measured elsewhere", "firmware", "assumed")


@dataclass(frozen=True)
class Figure:
    value: float
    unit: str
    what: str
    kind: str
    source: str


def read() -> dict[str, Figure]:
    found = tomllib.loads(Path(__file__).with_name("figures.toml").read_text(encoding="utf-8"))
    return {name: Figure(**fields) for name, fields in found.items()}


FIGURES = read()


def value(name: str) -> float:
    return FIGURES[name].value


def rows() -> list[str]:
    """The table of README.md, a line a figure; the last two columns are for whoever measures a board."""
    return [f"| {f.what} | {f.value:g} {f.unit}".rstrip() + f" | {f.kind} | {f.source} | | |" for f in FIGURES.values()]
