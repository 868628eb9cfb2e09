"""What is bought, each kind once; kinds.toml holds it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

NOT_CONFIRMED = "not confirmed"


@dataclass(frozen=True)
class Kind:
    """``price`` of one, before tax, in ``currency``; None where no public document with a date was found."""

    what: str
    maker: str
    part_number: str
    confirmed_by: str
    alternatives: str
    price: float | None = None
    currency: str = ""
    price_source: str = ""
    price_date: str = ""


def read() -> dict[str, Kind]:
    found = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))
    return {name: Kind(**fields) for name, fields in found.items()}


KINDS = read()
