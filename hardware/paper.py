"""SVG in millimetres: one unit is one millimetre on paper, so that what a printer calls the actual size is the size."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

FONT = "Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
INK = "#1d2430"  # 15 : 1 on white
SOFT = "#4d5560"  # 7.5 : 1 on white


def number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


@dataclass
class Paper:
    """A page of ``wide`` × ``high`` mm; y points down. Each method adds to it."""

    wide: float
    high: float
    title: str
    parts: list[str] = field(default_factory=list)

    def add(self, tag: str, text: str | None = None, /, **attributes: float | str) -> None:
        """An element. ``stroke_width`` stands for stroke-width; figures are rounded to a micrometre."""
        said = {name.replace("_", "-"): v if isinstance(v, str) else number(v) for name, v in attributes.items()}
        open_tag = " ".join([f"<{tag}", *(f"{name}={quoteattr(value)}" for name, value in said.items())])
        self.parts.append(f"{open_tag}/>" if text is None else f"{open_tag}>{escape(text)}</{tag}>")

    def write(self, x: float, y: float, size: float, *lines: str, **style: float | str) -> float:
        """Lines of text, the first one's baseline at ``y``, letters ``size`` mm high, 1.3 apart; the next line's y."""
        for line in lines:
            self.add("text", line, **{"x": x, "y": y, "font_size": size, "fill": INK, **style})
            y += 1.3 * size
        return y

    def text(self) -> str:
        wide, high = number(self.wide), number(self.high)
        size = f'width="{wide}mm" height="{high}mm" viewBox="0 0 {wide} {high}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}">'
        ground = f'<rect width="{wide}" height="{high}" fill="#fff"/>'
        return "\n".join([head, f"<title>{escape(self.title)}</title>", ground, *self.parts, "</svg>", ""])
