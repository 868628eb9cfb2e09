"""``python -m hardware.signs.letters``: from how far each question can be read, by EN 301 549 V3.2.1, 5.1.4."""

import math
from collections.abc import Iterator

from hardware.inter import CAPITAL
from hardware.signs import card, poster

ANGLE_DEG = 0.7  # that an H must subtend where text cannot be made larger
QUESTIONS_MM = (
    ("card, one language", card.QUESTION),
    ("card, three languages", card.QUESTION_SMALL),
    ("poster in easy language", poster.TITLE),
)


def far_mm(size: float) -> float:
    """From how far letters of a type's size are read."""
    return size * CAPITAL / math.tan(math.radians(ANGLE_DEG))


def rows() -> Iterator[str]:
    """The table of hardware/accessibility.md."""
    for sign, size_mm in QUESTIONS_MM:
        yield f"| {sign} | {size_mm * CAPITAL:.1f} mm | {far_mm(size_mm):.0f} mm |"


if __name__ == "__main__":
    print("\n".join(rows()))
