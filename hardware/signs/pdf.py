"""PDF of a sign, of exactly its size, by librsvg; and whether the signs' typeface is there, by fontconfig."""

import shutil
import subprocess
from pathlib import Path

ABSENT = (
    "Inter is not installed here (Debian: fonts-inter); a wider typeface in its place would run over its neighbours "
    "and over the paper's edge, so no PDF is made: install Inter before you print"
)
UNKNOWN = "there is no fc-list here to ask whether Inter is installed: look at each sign before you print it"
NO_PROGRAM = "there is no rsvg-convert here (Debian: librsvg2-bin), so no PDF is made"


def doubt() -> str | None:
    """What to say of the typeface before somebody prints; None where Inter is installed."""
    if not shutil.which("fc-list"):
        return UNKNOWN
    found = subprocess.run(["fc-list", "Inter", "family"], capture_output=True, text=True, check=False)
    return None if found.stdout.strip() else ABSENT


def there() -> bool:
    return bool(shutil.which("rsvg-convert"))


def made(svg: Path) -> bool:
    """Beside the drawing, under its name."""
    command = ["rsvg-convert", "-f", "pdf", "-o", str(svg.with_suffix(".pdf")), str(svg)]
    return subprocess.run(command, check=False).returncode == 0
