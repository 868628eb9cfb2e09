"""A step of the build: from which sources, by which commands, which outputs come."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

VENV = "venv"  # the packages of requirements-hardware.lock
KICAD = "kicad"  # KiCad 9, as `kicad-cli` and `in-kicad COMMAND …` on the path
DEBIAN = "debian"  # rsvg-convert, ngspice and dot
TOOLS = (DEBIAN, VENV, KICAD)


@dataclass(frozen=True)
class Step:
    """``sources`` and ``outputs`` are globs from the repository's root.

    ``commands``, tuples of words without a shell, run one after another in a folder that is laid out like the
    repository and holds the sources and nothing else. ``python`` there has requirements-hardware.lock where
    ``needs`` names VENV, else it is the one that runs the build."""

    name: str
    sources: tuple[str, ...]
    outputs: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    needs: tuple[str, ...] = ()

    def source_paths(self, root: Path) -> list[str]:
        """What the globs of the sources find under ``root``, the step's own outputs left out."""
        return sorted(set(found(root, self.sources)) - set(self.output_paths(root)))

    def output_paths(self, root: Path) -> list[str]:
        return found(root, self.outputs)


def found(root: Path, globs: tuple[str, ...]) -> list[str]:
    """The files that globs find, as paths from ``root``, sorted; nothing of an interpreter's cache."""
    paths = (path for glob in globs for path in root.glob(glob) if path.is_file())
    return sorted({path.relative_to(root).as_posix() for path in paths if "__pycache__" not in path.parts})
