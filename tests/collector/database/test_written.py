"""Statements handed over as text: the same rows as SQLAlchemy's own, and its errors, on both databases."""

import pytest
from sqlalchemy import bindparam, literal_column, select, tuple_, update
from sqlalchemy.exc import DBAPIError

from collector.database.rows import insert_new
from collector.database.store import writing
from collector.database.tables import hole, kiosk_state, metadata
from collector.database.written import Chosen, Overwritten, Told

STRANGE = "100% of 'a:b' ?"
NAMES = ["gate", STRANGE, "lobby-1"]

chosen = Chosen(
    select(kiosk_state.c.kiosk, kiosk_state.c.boot)
    .where(kiosk_state.c.kiosk.in_(bindparam("keys", expanding=True)))
    .order_by(kiosk_state.c.kiosk)
    .with_for_update()
)
of_two = Chosen(
    select(kiosk_state.c.kiosk).where(
        tuple_(kiosk_state.c.kiosk, kiosk_state.c.boot).in_(bindparam("keys", expanding=True))
    )
)
booted = Overwritten(
    update(kiosk_state)
    .where(kiosk_state.c.kiosk == bindparam("of"))
    .values(boot=bindparam("to_boot"), online=bindparam("to_online"), error=bindparam("to_error"))
)


@pytest.fixture
def connection(site):
    with writing(site.engine) as connection:
        rows = [{"kiosk": name, "online": False, "boot": n} for n, name in enumerate(NAMES)]
        insert_new(connection, kiosk_state, rows)
        yield connection


@pytest.mark.parametrize("keys", [[], ["gate"], [STRANGE], ["nobody"], NAMES])
def test_rows_are_found_by_one_key_as_by_many(keys, connection):
    assert chosen.among(connection, keys).all() == [(name, NAMES.index(name)) for name in sorted({*keys} & {*NAMES})]


@pytest.mark.parametrize("keys", [[("gate", 0)], [("gate", 1)], [(STRANGE, 1)], [("gate", 0), ("lobby-1", 2)]])
def test_rows_are_found_by_keys_of_two_columns(keys, connection):
    assert [name for (name,) in of_two.among(connection, keys)] == [
        name for name, boot in keys if NAMES.index(name) == boot
    ]


def test_one_row_changes_as_many_do(connection):
    for names in ([STRANGE], NAMES):
        booted.write(
            connection, [{"of": name, "to_boot": len(names), "to_online": True, "to_error": None} for name in names]
        )
        assert [boot for _, boot in chosen.among(connection, names)] == [len(names)] * len(names)


def test_what_has_no_parameters_is_read(connection):
    assert Told(select(literal_column("'100% true'"))).read(connection).scalar() == "100% true"


def test_what_the_driver_raises_is_told_as_of_any_statement(site):
    metadata.tables["hole"].drop(site.engine)
    with pytest.raises(DBAPIError), writing(site.engine) as connection:
        Told(select(hole.c.reason)).read(connection)
