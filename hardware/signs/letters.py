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


def rows() -> Iterator[str]:
    """The table of hardware/accessibility.md."""
    for sign, size_mm in QUESTIONS_MM:
        high_mm = size_mm * CAPITAL
        yield f"| {sign} | {high_mm:.1f} mm | {high_mm / math.tan(math.radians(ANGLE_DEG)):.0f} mm |"


if __name__ == "__main__":
    print("\n".join(rows()))
