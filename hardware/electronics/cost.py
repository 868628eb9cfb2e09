"""``python -m hardware.electronics.cost``: what the parts of 1, 10 and 100 boxes cost, as far as bom.csv knows a price.

A price for many is cheaper than this; none was found with its source and date."""

import csv
from pathlib import Path

BOXES = (1, 10, 100)

Row = dict[str, str]


def read() -> list[Row]:
    with Path(__file__).with_name("bom.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def known(rows: list[Row]) -> dict[str, float]:
    """The sum of what is known of one box, by currency."""
    sums: dict[str, float] = {}
    for row in rows:
        if row["price"]:
            sums[row["currency"]] = sums.get(row["currency"], 0.0) + int(row["quantity"]) * float(row["price"])
    return sums


def unknown(rows: list[Row]) -> list[str]:
    """What has no known price, with how many a box takes."""
    return [f"{row['quantity']} x {row['what']}" for row in rows if not row["price"]]


def lines(rows: list[Row]) -> list[str]:
    told = []
    for boxes in BOXES:
        sums = " + ".join(f"{boxes * amount:,.2f} {currency}" for currency, amount in known(rows).items())
        told.append(f"{boxes:>4} boxes: {sums or 'nothing'}, and what is not known")
    priced = [f"{row['what']}: {row['price_source']}, {row['price_date']}" for row in rows if row["price"]]
    return [*told, "known:", *priced, "not known, for each box:", *unknown(rows)]


if __name__ == "__main__":
    print("\n".join(lines(read())))
