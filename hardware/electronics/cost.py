"""``python -m hardware.electronics.cost``: what the parts of 1, 10 and 100 boxes cost, as far as a price is known.

On a stripboard, and with the carrier board. A price for many parts is cheaper than this; none was found with its source
and date. A carrier board is sold by its area, in sets."""

import csv
from math import ceil
from pathlib import Path

BOXES = (1, 10, 100)
INCH_MM = 25.4

# What OSH Park asks for two layers, in USD; its pages bear no date and were read on this day. Without freight and tax.
FEW_SQUARE_INCH = 5.0  # for three copies
FEW = 3  # sold in multiples of this
MANY_SQUARE_INCH = 1.0  # a copy, in the medium run
MANY = 10  # sold in multiples of this
MANY_LEAST_SQUARE_INCH = 100.0  # of all copies together
BOARD_SOURCE = "docs.oshpark.com/services: single-layer (asks as for two), two-layer-medium-run"
BOARD_DATE = "2026-11-26"

Row = dict[str, str]


def read(name: str = "bom.csv") -> list[Row]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def known(rows: list[Row]) -> dict[str, float]:
    """The sum of what is known of one box, by currency."""
    sums: dict[str, float] = {}
    for row in rows:
        if row["price"]:
            sums[row["currency"]] = sums.get(row["currency"], 0.0) + int(row["quantity"]) * float(row["price"])
    return sums


def unknown(rows: list[Row]) -> list[str]:
    """What has no known price, with how many a box on a table stand takes."""
    return [f"{row['quantity']} x {row['what']}" for row in rows if not row["price"]]


def carriers_usd(boxes: int, wide_mm: float, high_mm: float) -> tuple[int, float]:
    """How many carrier boards are made where this many are wanted, and what they cost together."""
    area = wide_mm * high_mm / INCH_MM**2
    few = ceil(boxes / FEW) * FEW
    many = ceil(boxes / MANY) * MANY
    offers = [
        (FEW_SQUARE_INCH * area * few / FEW, few),
        (max(MANY_SQUARE_INCH * area * many, MANY_LEAST_SQUARE_INCH), many),
    ]
    price, made = min(offers)
    return made, price


def sums(rows: list[Row], more_usd: float, boxes: int) -> str:
    found = {currency: boxes * amount for currency, amount in known(rows).items()}
    if more_usd:
        found["USD"] = found.get("USD", 0.0) + more_usd
    return " + ".join(f"{amount:,.2f} {currency}" for currency, amount in found.items()) or "nothing"


def lines(rows: list[Row], wide_mm: float, high_mm: float) -> list[str]:
    told = ["on a stripboard:"]
    told += [f"{boxes:>4} boxes: {sums(rows, 0.0, boxes)}, and what is not known" for boxes in BOXES]
    told.append("with the carrier board in place of the stripboard:")
    for boxes in BOXES:
        made, price = carriers_usd(boxes, wide_mm, high_mm)
        of = f"{price:,.2f} USD of it for {made} boards, the fewest that are sold"
        told.append(f"{boxes:>4} boxes: {sums(rows, price, boxes)}, and what is not known; {of}")
    priced = [f"{row['what']}: {row['price_source']}, {row['price_date']}" for row in rows if row["price"]]
    priced.append(f"carrier board: {BOARD_SOURCE}, read {BOARD_DATE}")
    return [*told, "known:", *priced, "not known, for each box:", *unknown(rows)]


if __name__ == "__main__":
    from hardware.enclosure import parameters

    print("\n".join(lines(read(), parameters.BOARD_WIDE_MM, parameters.BOARD_HIGH_MM)))
