"""``python -m hardware.palette FILE …``: drawings with few colours as PNG files with a palette, a third as large.

For drawings of lines and of flat areas; a painted picture would show steps in its shades. What is clear becomes white.
Whether two files show the same is asked of the pixels and not of the palettes (`pixels.py`)."""

import sys
from pathlib import Path

from PIL import Image

COLOURS = 64  # the edges of letters are shades between a few colours


def reduce(path: Path) -> None:
    picture = Image.open(path).convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    paper.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        reduce(Path(name))
