"""The migrations make exactly the tables that the code describes."""

from datetime import date

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text

from collector.database import migration
from collector.database.store import open_store, writing
from collector.database.tables import UNDATED, journal_day, metadata


def mark(connection, id, *, kiosk="a", journal="0000000a", mark, highest):
    """A row of journal_mark, of any revision."""
    values = {
        "id": id,
        "kiosk": kiosk,
        "journal": journal,
        "mark": mark,
        "highest": highest,
        "missing": 0,
        "unplaced": 0,
    }
    columns = ", ".join(values)
    given = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO journal_mark ({columns}) VALUES ({given})"), values)


def test_the_migrations_give_the_tables_of_the_models(stores):
    engine = open_store(stores.empty())
    migration.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_give_the_very_statements_of_the_models(tmp_path):
    engine, direct = open_store(f"sqlite:///{tmp_path}/hymio.db"), create_engine("sqlite://")
    migration.upgrade(engine)
    metadata.create_all(direct)
    assert _statements(engine) == _statements(direct)


def test_a_store_with_taps_keeps_the_rules_that_decided_them_and_has_todays_besides(stores):
    engine = open_store(stores.empty())
    migration.upgrade(engine, "0003")
    with writing(engine) as connection:
        mark(connection, 1, mark=9, highest=9)
    migration.upgrade(engine)
    with engine.connect() as connection:
        rules = "SELECT version, interval_ms, burst_taps, grace_ms FROM rule_set ORDER BY 1"
        assert connection.execute(text(rules)).all() == [(1, 5000, 0, None), (2, 5000, 10, 1_800_000)]
        assert connection.execute(text("SELECT * FROM ruling")).all() == [(1, 1, 1)]
        assert connection.execute(text("SELECT ruled FROM journal_mark")).scalar() == 1


def test_upgrading_again_changes_nothing_and_keeps_what_is_there(stores):
    engine = open_store(stores.empty())
    assert migration.revision(engine) is None
    migration.upgrade(engine)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO unit (slug, name_fi, name_sv, name_en) VALUES ('a', 'A', 'A', 'A')"))
    migration.upgrade(engine)
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        assert connection.execute(found.tables["unit"].select()).all()[0].slug == "a"
    assert migration.revision(engine) == migration.newest()


def _statements(engine):
    made = text("SELECT name, sql FROM sqlite_master WHERE name != 'alembic_version' AND sql IS NOT NULL")
    with engine.connect() as connection:
        return {name: sorted(sql.replace(",", "\n").split()) for name, sql in connection.execute(made)}


def test_test_taps_that_are_there_are_counted_by_the_migration_that_adds_their_count(stores):
    engine = open_store(stores.empty())
    migration.upgrade(engine, "0001")
    columns = "journal_id, seq, boot, uptime_ms, face, flags, width_ms, estimated, verdict"
    with writing(engine) as connection:
        for id, kiosk in ((1, "a"), (2, "b")):
            mark(connection, id, kiosk=kiosk, mark=9, highest=9)
        for seq, verdict in ((1, 0), (2, 2), (3, 1), (4, 2)):
            connection.execute(text(f"INSERT INTO tap ({columns}) VALUES (1, {seq}, 1, 1, 4, 0, 0, false, {verdict})"))
    migration.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT kiosk, tested FROM journal_mark ORDER BY 1")).all() == [
            ("a", 2),
            ("b", 0),
        ]


def test_what_became_of_taps_that_are_there_is_counted_a_day_by_the_migration_that_adds_the_days(stores):
    engine = open_store(stores.empty())
    migration.upgrade(engine, "0003")
    columns = "journal_id, seq, boot, uptime_ms, face, flags, width_ms, estimated, day, verdict"
    with writing(engine) as connection:
        for id, journal in ((1, "0000000a"), (2, "0000000b")):
            mark(connection, id, journal=journal, mark=5, highest=7)
        connection.execute(text("INSERT INTO kiosk_state (kiosk, online, journal, last_seq) "
                                "VALUES ('a', false, '0000000b', 9)"))  # fmt: skip
        for seq, day, verdict in (
            *((1, "'2026-09-21'", 0), (2, "'2026-09-21'", 1), (3, "'2026-09-21'", 0)),
            *((4, "NULL", 3), (5, "NULL", 4), (7, "'2026-09-22'", "NULL")),
        ):
            row = f"VALUES (1, {seq}, 1, 1, 4, 0, 0, false, {day}, {verdict})"
            connection.execute(text(f"INSERT INTO tap ({columns}) {row}"))
    migration.upgrade(engine)
    with engine.connect() as connection:
        days = connection.execute(journal_day.select().order_by(journal_day.c.day, journal_day.c.verdict)).all()
        assert days == [(1, UNDATED, 3, 1), (1, date(2026, 9, 21), 0, 2), (1, date(2026, 9, 21), 1, 1)]
        assert connection.execute(text("SELECT told FROM journal_mark ORDER BY id")).scalars().all() == [7, 9]
