"""contact.svg and holdup.svg: what the simulations gave, drawn. ``python -m hardware.electronics.curves`` writes both.

Colours of Okabe and Ito, told apart by every kind of colour vision; dashes and words at the lines say the same."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.paper import INK, SOFT, Paper

BLUE, RED, GREEN = "#0072b2", "#d55e00", "#009e73"
SAID, SMALL = 3.3, 3.0  # type
CONFIRM_MS = 5.0  # of the firmware; a test holds it against the code
STARTS_MS = 5.0
ERASE_S = 0.4


@dataclass(frozen=True)
class Field:
    """A field for curves: where it is on paper, in mm, and which values its edges are."""

    paper: Paper
    left: float
    right: float
    top: float
    bottom: float
    most_x: float
    most_y: float

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * value / self.most_x

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.most_y

    def grid(self, xs: list[float], ys: list[float], unit_x: str) -> None:
        for y in ys:
            self.paper.add(
                "path", d=f"M{self.left:g} {self.y(y):.2f}H{self.right:g}", stroke="#d5d8dd", stroke_width=0.25
            )
            self.paper.write(self.left - 2, self.y(y) + 1.1, SMALL, f"{y:g} V", text_anchor="end", fill=SOFT)
        for x in xs:
            self.paper.add("path", d=f"M{self.x(x):.2f} {self.bottom:g}v1.5", stroke=SOFT, stroke_width=0.25)
            self.paper.write(self.x(x), self.bottom + 5, SMALL, f"{x:g}{unit_x}", text_anchor="middle", fill=SOFT)

    def curve(self, step: float, values: list[float], colour: str, dashes: str = "none") -> None:
        dots = [(i * step, max(v, 0.0)) for i, v in enumerate(values) if i * step <= self.most_x]
        path = "M" + "L".join(f"{self.x(x):.2f} {self.y(y):.2f}" for x, y in dots)
        style: dict[str, float | str] = {
            "fill": "none",
            "stroke": colour,
            "stroke_width": 0.8,
            "stroke_dasharray": dashes,
        }
        self.paper.add("path", d=path, **style)

    def level(self, value: float, words: str) -> None:
        style: dict[str, float | str] = {"stroke": INK, "stroke_width": 0.35, "stroke_dasharray": "1 1"}
        self.paper.add("path", d=f"M{self.left:g} {self.y(value):.2f}H{self.right:g}", **style)
        self.paper.write(self.right + 2, self.y(value) + 1.1, SMALL, words)

    def span(self, start: float, end: float, y: float, words: str) -> None:
        """A bar from one time to another, with what it means below it."""
        line = f"M{self.x(start):.2f} {self.y(y) - 1.2:.2f}v2.4m0 -1.2H{self.x(end):.2f}m0 -1.2v2.4"
        self.paper.add("path", d=line, fill="none", stroke=INK, stroke_width=0.5)
        self.paper.write(self.x(end) + 2, self.y(y) + 1.1, SMALL, words)

    def key(self, y: float, colour: str, dashes: str, *words: str) -> None:
        style: dict[str, float | str] = {"stroke": colour, "stroke_width": 0.8, "stroke_dasharray": dashes}
        self.paper.add("path", d=f"M{self.right + 2:g} {self.y(y):.2f}h5", **style)
        self.paper.write(self.right + 9, self.y(y) + 1.1, SMALL, *words)


def contact_panel(
    paper: Paper, top: float, name: str, said: str, most_ms: float, curves: dict[str, list[float]]
) -> Field:
    field = Field(paper, 18, 126, top + 9, top + 45, most_ms, 3.5)
    paper.write(8, top + 3.5, 3.8, name, font_weight=700)
    paper.write(126, top + 3.5, SAID, said, text_anchor="end", fill=SOFT)
    field.grid([5 * i for i in range(int(most_ms / 5) + 1)], [0, 1, 2, 3], " ms")
    field.level(0.8, "low below 0.8 V")
    field.level(2.0, "high above 2.0 V, assumed")
    field.curve(0.1, curves["fast"], BLUE)
    field.curve(0.1, curves["slow"], RED, "2.2 1.1")
    return field


def contact(found: dict[str, Any]) -> str:
    paper = Paper(180, 126, "A button at the Pico, simulated")
    paper.write(8, 9, 5, "What the Pico sees of a button: simulated, not measured", font_weight=700)
    spike, press = "spike of 3 ms", "press of 20 ms that bounces"
    upper = contact_panel(paper, 15, "A spike of 3 ms", "is no press", 13, found["curves"][spike])
    upper.key(3.2, BLUE, "none", "pull-up 50 kΩ, 9 nF")
    upper.key(2.72, RED, "2.2 1.1", "pull-up 80 kΩ, 11 nF")
    upper.span(STARTS_MS, STARTS_MS + CONFIRM_MS, 0.4, "5 ms are asked for")
    lower = contact_panel(paper, 69, "A press of 20 ms that bounces", "is one press", 32, found["curves"][press])
    lower.span(8.8, 8.8 + CONFIRM_MS, 0.4, "confirmed")
    return paper.text()


def holdup(found: dict[str, Any]) -> str:
    paper = Paper(180, 96, "VSYS after the supply has gone, simulated")
    paper.write(8, 9, 5, "When the plug is pulled: simulated, not measured", font_weight=700)
    paper.write(8, 15.5, SAID, "The flash has its 3.3 V as long as VSYS is above 1.8 V.", fill=SOFT)
    field = Field(paper, 18, 126, 22, 82, 1.4, 5)
    field.grid([0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4], [0, 1, 2, 3, 4, 5], " s")
    field.level(1.8, "the Pico's converter ends")
    field.level(2.93, "the supervisor stops the Pico")
    field.curve(0.005, found["curves"]["1,000 µF"], GREEN, "0.6 1")
    field.curve(0.005, found["curves"]["worst parts"], RED, "2.2 1.1")
    field.curve(0.005, found["curves"]["as designed"], BLUE)
    trip_s = found["cases"]["worst parts"]["lost_to_trip_ms"] / 1000
    field.span(trip_s, trip_s + ERASE_S, 0.6, "the longest erase, 0.4 s,")
    paper.write(field.x(trip_s + ERASE_S) + 2, field.y(0.6) + 5, SMALL, "begun at the last moment")
    field.key(4.75, BLUE, "none", "30,000 µF, as designed")
    field.key(4.3, RED, "2.2 1.1", "24,000 µF, 2.86 V: worst")
    field.key(3.85, GREEN, "0.6 1", "1,000 µF")
    return paper.text()


def main() -> None:
    folder = Path(__file__).parent
    for name, draw in (("contact", contact), ("holdup", holdup)):
        found = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        (folder / f"{name}.svg").write_text(draw(found), encoding="utf-8")


if __name__ == "__main__":
    main()
