"""``python -m hardware.palette [--render] FILE …``: drawings as PNG files with a palette, a third as large.

For drawings of lines, and with ``--render`` for what KiCad renders of flat areas; a painted picture would show steps in
its shades. What is clear becomes white. Whether two files show the same is asked of the pixels and not of the palettes
(`pixels.py`)."""

import sys
from pathlib import Path

from PIL import Image
from PIL.Image import Quantize

COLOURS = 64  # the edges of letters are shades between a few colours
RENDERED = 256  # no two renders are alike to the pixel: an octree's colours lie on a grid, and move less than medians


def reduce(path: Path, colours: int, method: Quantize) -> None:
    picture = Image.open(path).convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    paper.convert("RGB").quantize(colours, method, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        if name != "--render":
            how = (RENDERED, Quantize.FASTOCTREE) if "--render" in sys.argv else (COLOURS, Quantize.MEDIANCUT)
            reduce(Path(name), *how)
