"""Whether two files say the same: dates, order and the last digit of a float are not what a file says.

Geometry goes by volume, bounds and the sorted facets; pictures by their pixels, square by square; PDF by what its
streams hold; tables and circuits to the letter, since their dates are ours; all other text without dates."""

import hashlib
import re
import zipfile
import zlib
from pathlib import Path

from hardware import facets, pixels

DATES = (
    rb"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?",
    rb"D:\d{14}(Z|[+-]\d\d'\d\d'?)?",
)
DATE = re.compile(b"|".join(DATES))
STEP_HEADER = re.compile(rb"HEADER;.*?ENDSEC;", re.S)
ENTITY = re.compile(rb"#\d+")
UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
PDF_LAYOUT = re.compile(rb"xref.*?trailer|startxref\s+\d+|/ID ?\[.*?\]|/Length \d+|%PDF.*?\n%[^\n]*\n", re.S)


def text(data: bytes) -> bytes:
    return DATE.sub(b"DATE", data.replace(b"\r\n", b"\n"))


def step(data: bytes) -> bytes:
    """Without the header. Colours come in another order with each run, and entities are numbered as they come: where
    there are colours, every entity without its numbers, sorted."""
    body = text(STEP_HEADER.sub(b"", data))
    if b"STYLED_ITEM" not in body:
        return body
    return b";".join(sorted(ENTITY.sub(b"#", b"".join(one.split())) for one in body.split(b";")))


def board(data: bytes) -> bytes:
    """Of KiCad, which gives each hidden field of a board an identity by chance: the identities in their order."""
    seen: dict[bytes, bytes] = {}
    return UUID.sub(lambda match: seen.setdefault(match[0], b"uuid %d" % len(seen)), text(data))


def pdf(data: bytes) -> bytes:
    """What the file holds, streams inflated, without the table of offsets."""

    def inflated(match: re.Match[bytes]) -> bytes:
        try:
            return b"stream\n" + zlib.decompress(match[1]) + b"\nendstream"
        except zlib.error:
            return match[0]

    return text(PDF_LAYOUT.sub(b"", STREAM.sub(inflated, data)))


def exact(data: bytes) -> bytes:
    return data


NORMAL = {".step": step, ".stp": step, ".pdf": pdf, ".kicad_pcb": board, ".csv": exact, ".cir": exact}


def difference(one: Path, other: Path) -> str | None:
    """In which way two files of the same name differ; None where they say the same."""
    a, b = one.read_bytes(), other.read_bytes()
    if a == b:
        return None
    if one.suffix == ".stl":
        return facets.difference(a, b)
    if one.suffix == ".png":
        return pixels.difference(a, b)
    if one.suffix in (".zip", ".3mf"):
        return archive_difference(one, other)
    normal = NORMAL.get(one.suffix, text)
    a, b = normal(a), normal(b)
    if a == b:
        return None
    line = next(
        (n for n, (x, y) in enumerate(zip(a.split(b"\n"), b.split(b"\n"), strict=False), 1) if x != y), "the last"
    )
    return f"other text, from line {line} on"


def archive_difference(one: Path, other: Path) -> str | None:
    def members(path: Path) -> dict[str, str]:
        with zipfile.ZipFile(path) as archive:
            normal = {name: NORMAL.get(Path(name).suffix, text)(archive.read(name)) for name in archive.namelist()}
        return {name: hashlib.sha256(data).hexdigest() for name, data in normal.items()}

    a, b = members(one), members(other)
    differing = sorted(name for name in {*a, *b} if a.get(name) != b.get(name))
    return f"other members: {', '.join(differing)}" if differing else None
