"""Statements that every transaction of ingest runs, each written out for its database once.

SQLAlchemy takes several times as long to prepare a statement of its own as SQLite to run it, and where taps come one by
one, as they mostly do, each stored ack waits for that. Handed over as text, a statement takes a third to two thirds.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, CursorResult, Dialect, Select, Update


class _Text(NamedTuple):
    """``names``: of the parameters, in the order in which they are given."""

    text: str
    names: tuple[str, ...]
    positional: bool

    def given(self, values: dict[str, Any]) -> Any:
        """Those values as the driver takes them."""
        return tuple(values[name] for name in self.names) if self.positional else values


class Chosen:
    """The rows that ``select`` finds among some keys: its one parameter, which expands, is called ``keys``.

    What it selects is numbers and text, which both drivers bring as they are.
    """

    def __init__(self, select: Select[Any]) -> None:
        self._select = select
        self._of_one: dict[str, _Text] = {}

    def among(self, connection: Connection, keys: Sequence[Any]) -> CursorResult[Any]:
        """The rows of ``keys``: values, or tuples of them where a key has several columns."""
        if len(keys) != 1:
            return connection.execute(self._select, {"keys": keys})
        (key,) = keys
        one = self._of_one.get(connection.dialect.name)
        if one is None:
            one = self._of_one[connection.dialect.name] = self._written(connection.dialect, key)
        values = key if isinstance(key, tuple) else keys
        return connection.exec_driver_sql(one.text, one.given(dict(zip(one.names, values, strict=True))))

    def _written(self, dialect: Dialect, key: Any) -> _Text:
        state = self._select.compile(dialect=dialect).construct_expanded_state({"keys": [key]})
        return _Text(state.statement, tuple(state.parameter_expansion["keys"]), state.positiontup is not None)


class Told:
    """What ``select``, which has no parameters, finds."""

    def __init__(self, select: Select[Any]) -> None:
        self._select = select
        self._texts: dict[str, str] = {}

    def read(self, connection: Connection) -> CursorResult[Any]:
        """As the database has it now."""
        text = self._texts.get(connection.dialect.name)
        if text is None:
            text = self._texts[connection.dialect.name] = self._select.compile(dialect=connection.dialect).string
        return connection.exec_driver_sql(text)


class Overwritten:
    """Rows that ``update`` changes, from named parameters that are numbers, text and truth values."""

    def __init__(self, update: Update) -> None:
        self._update = update
        self._written: dict[str, _Text] = {}

    def write(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """One row or many."""
        text = self._written.get(connection.dialect.name)
        if text is None:
            text = self._written[connection.dialect.name] = self._text(connection.dialect)
        connection.exec_driver_sql(text.text, [text.given(row) for row in rows])

    def _text(self, dialect: Dialect) -> _Text:
        compiled = self._update.compile(dialect=dialect)
        return _Text(compiled.string, tuple(compiled.positiontup or compiled.binds), compiled.positional)
