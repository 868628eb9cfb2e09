"""harness.svg: every wire of a box without a carrier board, to look at. ``python -m hardware.electronics.harness``.

wiring.svg has the same wires for whoever checks them one by one."""

from pathlib import Path

from board import pins

from hardware.electronics.harness import board, ending, page, pico, wire
from hardware.paper import SOFT, Paper

FILE = Path(__file__).resolve().parent.parent / "harness.svg"
NOTES = (
    "The Pico stands on the stripboard, in sockets.",
    "Here it stands beside it, so that its wires are seen.",
    "What is joined on the board: netlist.csv",
)


def drawing() -> str:
    paper = Paper(page.WIDE, page.HIGH, "Wiring of a box without a carrier board")
    paper.add("rect", width=page.WIDE, height=page.HIGH, fill=page.GROUND)
    title(paper)
    board.base(paper)
    pico.draw(paper)
    ending.supply(paper)
    ending.cells(paper)
    for n in pins.FACES:
        board.face(paper, n)
        ending.button(paper, n)
    board.supply(paper)
    board.plugs(paper)
    for one in sorted(wire.wires(), key=lambda one: wire.place(*one.start)[1]):  # a lower one lies over a higher one
        wire.draw(paper, one)
    board.terminals(paper)
    pico.labels(paper)
    ending.ties(paper)
    ending.legend(paper)
    return paper.text()


def title(paper: Paper) -> None:
    page.say(paper, page.EDGE, 19, "Wiring", 700, font_size=page.TITLE)
    page.say(paper, page.EDGE, 27.6, "of a box without a carrier board", font_size=page.TEXT)
    for line, text in enumerate(NOTES):
        page.say(paper, page.EDGE, 35.8 + 6.1 * line, text, fill=SOFT)


def main() -> None:
    FILE.write_text(drawing(), encoding="utf-8")


if __name__ == "__main__":
    main()
