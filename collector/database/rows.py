"""Many rows at a time into a table: new ones, ones that are there, ones that are added up. SQLite and PostgreSQL differ
in how that is said, and in which way of saying it is fast.
"""

import operator
from collections.abc import Callable, Iterator
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def accumulate(connection: Connection, table: Table, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Inserts ``rows``, each with the columns ``names``; where a row of that primary key is there, the other columns
    are added to its own.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(
            _upsert("postgresql", table, operator.add), [dict(zip(names, row, strict=True)) for row in rows]
        )
    else:
        connection.exec_driver_sql(_sqlite_accumulate(table, names), rows)


@cache
def _sqlite_accumulate(table: Table, names: tuple[str, ...]) -> str:
    """As in ``insert_all``: half the work of SQLAlchemy's way."""
    keys = [column.name for column in table.primary_key]
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in names if name not in keys)
    values = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    return f"{values} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}"


def unite(connection: Connection, table: Table, rows: Any) -> None:
    """Inserts ``rows``; where a row of that primary key is there, the other columns' bits are set in its own."""
    connection.execute(_upsert(connection.dialect.name, table, _unite), rows)


def insert_new(connection: Connection, table: Table, rows: Any) -> None:
    """Inserts ``rows``, except those that are there already by any key."""
    connection.execute(_insert(connection.dialect.name, table).on_conflict_do_nothing(), rows)


def _unite(stored: Any, new: Any) -> Any:
    return stored.bitwise_or(new)


def _insert(dialect: str, table: Table) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


@cache
def _upsert(dialect: str, table: Table, combined: Callable[[Any, Any], Any]) -> Any:
    """Building a statement takes longer than running it, so these are kept."""
    new = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    others = [name for name in table.c.keys() if name not in keys]  # noqa: SIM118
    values = {name: combined(table.c[name], new.excluded[name]) for name in others}
    return new.on_conflict_do_update(index_elements=keys, set_=values)


def insert_all(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Inserts ``rows``, each with every column of ``table``.

    Twice as fast as SQLAlchemy's way on SQLite; on PostgreSQL one statement, where that has one a row.
    """
    values = list(map(itemgetter(*table.c.keys()), rows))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_insert_statement(table), values)
    else:
        connection.exec_driver_sql(_insert_arrays(table), tuple(map(list, zip(*values, strict=True))))


@cache
def _insert_arrays(table: Table) -> str:
    """Of an array a column."""
    types = [column.type.compile(postgresql.dialect()) for column in table.c]
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    return f"INSERT INTO {table.name} ({', '.join(table.c.keys())}) SELECT * FROM unnest({arrays})"


@cache
def _insert_statement(table: Table) -> str:
    """SQLite's, for values in the order of the columns."""
    names = table.c.keys()
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def fill(connection: Connection, table: Table, pages: Iterator[list[tuple[Any, ...]]]) -> None:
    """Inserts rows with every column in the order of ``table``, a page of some at a time; numbering goes on above."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # a unit may come before the one above it
        for rows in pages:
            connection.exec_driver_sql(_insert_statement(table), rows)
        return
    raw: Any = connection.connection.driver_connection
    names = ", ".join(column.name for column in table.columns)
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for rows in pages:
            for row in rows:
                copy.write_row(row)
    number = table.autoincrement_column
    if number is not None:
        sequence = f"pg_get_serial_sequence('{table.name}', '{number.name}')"
        highest = f"(SELECT max({number.name}) FROM {table.name})"
        connection.exec_driver_sql(f"SELECT setval({sequence}, {highest}) WHERE {highest} IS NOT NULL")
