"""``python -m hardware.enclosure.contrast``: how much brighter one part of the front is than its neighbour.

The colours are the dashboard's, and an off-white case: which filament comes near them, who prints must measure."""

from collections.abc import Iterator

from hardware.enclosure import drawn

CASE = "#f4f2ec"  # the case of the pictures: an off-white
LEAST_RATIO = 3.0  # WCAG 2.1, success criterion 1.4.11, non-text contrast: of what is needed to understand a graphic


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1, as WCAG 2.1 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2.1 defines it, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def difference(one: str, other: str) -> float:
    """How many of 100 points of luminance two colours are apart; of paints, the difference in light reflectance."""
    return 100 * abs(luminance(one) - luminance(other))


def rows() -> Iterator[str]:
    """The table of hardware/accessibility.md."""
    for face, drawing in sorted(drawn.drawings().items()):
        ink, case = drawing.ink, CASE
        yield (
            f"| {face} | `{drawing.colour}` | `{ink}` | {ratio(ink, drawing.colour):.1f} : 1 "
            f"| {difference(ink, drawing.colour):.0f} | {ratio(drawing.colour, case):.1f} : 1 "
            f"| {difference(drawing.colour, case):.0f} |"
        )


if __name__ == "__main__":
    print("\n".join(rows()))
