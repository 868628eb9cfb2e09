"""Many rows at a time into a table: the same in SQLite and in PostgreSQL."""

from datetime import date

from collector.database.rows import accumulate, fill, insert_all, insert_new, unite
from collector.database.store import writing
from collector.database.tables import alive_day, hole, journal_mark, quarantine_tally

DAY = date(2026, 3, 1)
TALLY = ("kiosk", "rows", "bytes", "forgotten")


def tally(site):
    return site.rows("SELECT kiosk, rows, bytes, forgotten FROM quarantine_tally ORDER BY 1")


def test_rows_that_are_there_are_added_to_and_others_begin(site):
    with writing(site.engine) as connection:
        accumulate(connection, quarantine_tally, TALLY, [("gate", 1, 10, 0)])
        accumulate(connection, quarantine_tally, TALLY, [("gate", 2, -3, 0), ("lobby-1", 4, 40, 1)])
    assert tally(site) == [("gate", 3, 7, 0), ("lobby-1", 4, 40, 1)]


def test_bits_are_set_in_rows_that_are_there_and_none_is_cleared(site):
    with writing(site.engine) as connection:
        for am, pm in ((0b0101, 0), (0b0110, 1 << 47)):
            unite(connection, alive_day, [{"kiosk": "gate", "utc_day": DAY, "am": am, "pm": pm}])
    assert site.rows("SELECT am, pm FROM alive_day") == [(0b0111, 1 << 47)]


def test_new_rows_leave_those_that_are_there_as_they_are(site):
    with writing(site.engine) as connection:
        for number in (1, 2):
            rows = [{"kiosk": name, "rows": number, "bytes": 0, "forgotten": 0} for name in ("gate", f"lobby-{number}")]
            insert_new(connection, quarantine_tally, rows)
    assert tally(site) == [("gate", 1, 0, 0), ("lobby-1", 1, 0, 0), ("lobby-2", 2, 0, 0)]


def test_rows_with_every_column_come_in_as_they_are_nothing_among_them(site):
    row = {"journal_id": 1, "to_seq": 9, "reason": "not_held", "found_utc_ms": 1_790_000_000_000}
    with writing(site.engine) as connection:
        insert_new(connection, journal_mark, [{"kiosk": "gate", "journal": "0000000a"}])
        insert_all(
            connection, hole, [{**row, "from_seq": seq, "seen_utc_ms": seen} for seq, seen in ((1, None), (5, 7))]
        )
    assert site.rows("SELECT from_seq, to_seq, reason, seen_utc_ms FROM hole ORDER BY 1") == [
        (1, 9, "not_held", None),
        (5, 9, "not_held", 7),
    ]


def test_after_a_table_was_filled_numbers_go_on_above_its_own(site):
    columns = [column.name for column in journal_mark.columns]
    values = {"id": 40, "kiosk": "gate", "journal": "0000000a"} | dict.fromkeys(
        ("mark", "highest", "run", "missing", "unplaced", "tested", "told", "sealed"), 0
    )
    with writing(site.engine) as connection:
        fill(connection, journal_mark, iter([[tuple(values.get(name) for name in columns)]]))
        insert_new(connection, journal_mark, [{"kiosk": "gate", "journal": "0000000b"}])
    assert site.rows("SELECT id, journal FROM journal_mark ORDER BY 1") == [(40, "0000000a"), (41, "0000000b")]
