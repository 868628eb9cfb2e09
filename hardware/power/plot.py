"""days.svg: how many days a battery lasts, by how often the kiosk sends and how often it is pressed.

``python -m hardware.power.plot`` writes it. Colours of Okabe and Ito, told apart by every kind of
colour vision; dashes and words at the lines say the same."""

import math
from pathlib import Path

from hardware.paper import INK, SOFT, Paper
from hardware.power.budget import Mode, asleep, leaking_w, saving, today
from hardware.power.figures import value

WIDE, HIGH = 180.0, 116.0
LEFT, RIGHT, TOP, BOTTOM = 20.0, 132.0, 28.0, 100.0  # of the field, in mm
INTERVALS_H = (
    (1 / 12, "5 min"),
    (0.25, "15 min"),
    (0.5, "30 min"),
    (1, "1 h"),
    (3, "3 h"),
    (6, "6 h"),
    (12, "12 h"),
    (24, "a day"),
)
MOST_DAYS, STEP_DAYS = 80, 20
STEPS = 60  # points a line
SAID, SMALL = 3.3, 3.0  # type
# taps a day, colour, dashes
LINES = ((10, "#0072b2", ""), (200, "#d55e00", "5 1.4"), (1000, "#009e73", "1.6 1.4"))
OTHER, LEAKY = "#7a5195", "#8a5a00"


def x_of(hours: float) -> float:
    low, high = math.log(INTERVALS_H[0][0]), math.log(INTERVALS_H[-1][0])
    return LEFT + (RIGHT - LEFT) * (math.log(hours) - low) / (high - low)


def y_of(days: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * days / MOST_DAYS


def curve(mode: Mode, taps: float) -> str:
    ratio = INTERVALS_H[-1][0] / INTERVALS_H[0][0]
    hours = [INTERVALS_H[0][0] * ratio ** (i / STEPS) for i in range(STEPS + 1)]
    points = [f"{x_of(each):.2f} {y_of(mode.days(taps, 24 / each)):.2f}" for each in hours]
    return "M" + "L".join(points)


def field(paper: Paper) -> None:
    for days in range(0, MOST_DAYS + 1, STEP_DAYS):
        paper.add("path", d=f"M{LEFT:g} {y_of(days):g}H{RIGHT:g}", stroke="#d5d8dd", stroke_width=0.25)
        paper.write(LEFT - 2.5, y_of(days) + 1.1, SAID, f"{days}", text_anchor="end", fill=SOFT)
    for hours, called in INTERVALS_H:
        paper.add("path", d=f"M{x_of(hours):.2f} {BOTTOM:g}v1.5", stroke=SOFT, stroke_width=0.25)
        paper.write(x_of(hours), BOTTOM + 5.5, SMALL, called, text_anchor="middle", fill=SOFT)
    paper.write(LEFT - 2.5, TOP - 4, SAID, "days", text_anchor="end", fill=SOFT)
    paper.write((LEFT + RIGHT) / 2, BOTTOM + 11.5, SAID, "from one upload to the next", text_anchor="middle")


def line(paper: Paper, path: str, colour: str, dashes: str, width: float) -> None:
    paper.add("path", d=path, fill="none", stroke=colour, stroke_width=width, stroke_dasharray=dashes or "none")


def named(paper: Paper, days: float, colour: str, *lines: str) -> None:
    """Words at a line's right end, in its colour's darkness and beside a stroke of it."""
    y = y_of(days)
    paper.add("path", d=f"M{RIGHT + 1.5:g} {y:.2f}h3", stroke=colour, stroke_width=0.9)
    paper.write(RIGHT + 6, y + 1.1, SAID, *lines)


def plot() -> str:
    paper = Paper(WIDE, HIGH, "Days on a battery, computed")
    paper.write(LEFT - 12, 9, 5, "Days on three AA cells: computed, not measured", font_weight=700)
    paper.write(
        LEFT - 12,
        15.5,
        SAID,
        "Only with firmware that sleeps between presses. Today's does not: it lasts a day.",
        fill=SOFT,
    )
    field(paper)
    slept = asleep()
    dormant = asleep(value("dormant_ma"))
    leaky = asleep(more_w=leaking_w())
    line(paper, curve(dormant, 200), OTHER, "0.4 1.2", 0.6)
    line(paper, curve(leaky, 200), LEAKY, "3 1 0.6 1", 0.6)
    for taps, colour, dashes in LINES:
        line(paper, curve(slept, taps), colour, dashes, 0.9)
    awake = today().days(200, 0)
    line(paper, f"M{LEFT:g} {y_of(awake):.2f}H{RIGHT:g}", INK, "", 0.9)
    line(paper, f"M{LEFT:g} {y_of(saving().days(200, 0)):.2f}H{RIGHT:g}", SOFT, "2.4 1", 0.6)
    named(paper, dormant.days(200, 1), OTHER, "200 taps a day, if it slept", "as deep as a Pico can")
    for (taps, colour, _), lift in zip(LINES, (2.5, 0, -2.5), strict=True):
        named(paper, slept.days(taps, 1) + lift, colour, f"{taps} taps a day")
    named(paper, leaky.days(200, 1), LEAKY, "200 taps a day, if the", "buffer leaks all it may")
    named(paper, saving().days(200, 0) + 3, SOFT, "radio saves, lights dark")
    named(paper, awake - 0.6, INK, "today's firmware")
    return paper.text()


def main() -> None:
    Path(__file__).with_name("days.svg").write_text(plot(), encoding="utf-8")


if __name__ == "__main__":
    main()
