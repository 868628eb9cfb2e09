"""bom.csv: what to buy for one box on a stripboard, carrier/bom.csv: with the carrier board. netlist.csv: which pins
each net joins, for soldering without a carrier board.

``python -m hardware.electronics.bom`` writes them."""

import csv
import re
from pathlib import Path

from hardware.electronics.kinds import KINDS
from hardware.electronics.parts import BOARDS, LOOSE, ONLY, PARTS, nets

COLUMNS = ["quantity", "parts", "what", "maker", "part_number", "confirmed_by", "alternatives"]
HEAD = [*COLUMNS, "price", "currency", "price_source", "price_date"]


def order(name: str) -> tuple[str, int]:
    letters, number = re.fullmatch(r"([A-Z]+)(\d+)", name).groups()  # type: ignore[union-attr]
    return letters, int(number)


def quantities(board: str) -> dict[str, tuple[int, list[str]]]:
    """How many of each kind a box with this one of BOARDS takes, and the names of those that have one."""
    found = {}
    for kind in KINDS:
        if (kind in BOARDS and kind != board) or ONLY.get(kind, board) != board:
            continue
        names = sorted((part.name for part in PARTS if part.kind == kind), key=order)
        found[kind] = (len(names) or (LOOSE | {board: 1})[kind], names)
    return found


def bom(board: str = "board") -> list[list[str]]:
    rows = []
    for name, (quantity, names) in quantities(board).items():
        kind = KINDS[name]
        price = "" if kind.price is None else f"{kind.price:.2f}"
        bought = [kind.what, kind.maker, kind.part_number, kind.confirmed_by, kind.alternatives]
        asked = [price, kind.currency, kind.price_source, kind.price_date]
        rows.append([str(quantity), " ".join(names), *bought, *asked])
    return rows


def netlist() -> list[list[str]]:
    return [[net, name, pin] for net, ends in sorted(nets().items()) for name, pin in ends]


def write(path: Path, head: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


def main() -> None:
    folder = Path(__file__).parent
    write(folder / "bom.csv", HEAD, bom())
    write(folder / "carrier/bom.csv", HEAD, bom("carrier"))
    write(folder / "netlist.csv", ["net", "part", "pin"], netlist())


if __name__ == "__main__":
    main()
