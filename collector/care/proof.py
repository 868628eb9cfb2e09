"""What a backup must hold, in a file beside it; whether a store holds that; and which backups lie in a folder."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, inspect, select, text

from collector.database import migration, store
from collector.database.tables import metadata

_END = ".proof.json"


@dataclass(frozen=True)
class Proof:
    """What a copy must hold. ``rows``: by table; ``size``: its bytes; ``store_size``: those of the database it is of, 0
    where an earlier version did not say."""

    made_utc_ms: int
    dialect: str
    revision: str | None
    rows: dict[str, int]
    size: int
    sha256: str
    store_size: int = 0

    @property
    def taps(self) -> int:
        return self.rows["tap"]


def proof_of(copy: Path) -> Path:
    """Where the proof of a copy lies."""
    return copy.with_name(copy.name + _END)


def read(path: Path) -> Proof:
    """Raises OSError, ValueError, TypeError."""
    return Proof(**json.loads(path.read_text()))


def written(proof: Proof) -> str:
    """As ``read`` reads it."""
    return json.dumps(asdict(proof), indent=2) + "\n"


def kept(folder: Path) -> list[tuple[Path, Proof]]:
    """Every backup in a folder that tells when it was made, the newest last. The copy itself may be gone."""
    return sorted(_kept(folder), key=lambda one: (one[1].made_utc_ms, one[0]))


def _kept(folder: Path) -> Iterator[tuple[Path, Proof]]:
    for path in folder.glob("*" + _END):
        try:
            proof = read(path)
        except (OSError, ValueError, TypeError):
            continue
        if isinstance(proof.made_utc_ms, int) and isinstance(proof.size, int) and isinstance(proof.store_size, int):
            yield path.with_name(path.name.removesuffix(_END)), proof


def is_there(copy: Path, proof: Proof) -> bool:
    """Whether the copy lies there in its full length. Whether it is whole takes reading all of it."""
    return copy.is_file() and copy.stat().st_size == proof.size


def counted(connection: Connection) -> dict[str, int]:
    """Rows by table, of the tables that are there."""
    there = set(inspect(connection).get_table_names())
    tables: list[Any] = [table for table in metadata.sorted_tables if table.name in there]
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def damage(connection: Connection) -> str | None:
    """What SQLite finds wrong with its file; None where that is nothing."""
    said = connection.execute(text("PRAGMA integrity_check")).scalars().all()
    return None if said == ["ok"] else str(said[0])


def difference(engine: Engine, proof: Proof) -> str | None:
    """The first thing in which a restored store is not what the proof says, as a sentence; None where it is."""
    if engine.dialect.name == "sqlite":
        with store.reading(engine) as connection:
            damaged = damage(connection)
        if damaged is not None:
            return f"the restored database is damaged: {damaged}"
    with store.snapshot(engine) as connection:
        rows = counted(connection)
    for table in sorted(proof.rows.keys() | rows.keys()):
        if proof.rows.get(table) != rows.get(table):
            return f"the table {table} has {rows.get(table)} rows; the backup had {proof.rows.get(table)}"
    if migration.revision(engine) != proof.revision:
        return f"the restored database is at revision {migration.revision(engine)}, not {proof.revision}"
    return None
