"""The migrations make exactly the tables that the code describes."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text

from collector import migration
from collector.store import open_store, writing
from collector.tables import metadata


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
            marks = f"VALUES ({id}, '{kiosk}', '0000000a', 9, 9, 0, 0)"
            names = "id, kiosk, journal, mark, highest, missing, unplaced"
            connection.execute(text(f"INSERT INTO journal_mark ({names}) {marks}"))
        for seq, verdict in ((1, 0), (2, 2), (3, 1), (4, 2)):
            connection.execute(text(f"INSERT INTO tap ({columns}) VALUES (1, {seq}, 1, 1, 4, 0, 0, false, {verdict})"))
    migration.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT kiosk, tested FROM journal_mark ORDER BY 1")).all() == [
            ("a", 2),
            ("b", 0),
        ]
