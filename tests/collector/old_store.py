"""A store as an earlier version left it, with the rows of one of today's, as far as that version had room for them."""

from sqlalchemy import MetaData, inspect, select

from collector.database import migration, store
from collector.database.rows import fill
from collector.database.store import open_store
from collector.database.tables import metadata

FIRST = "0001"


def age(source_url, url, revision=FIRST):
    """Fills the empty store at ``url``. Only what that version knew may be in the source: its verdicts, its reasons."""
    source, engine = open_store(source_url), open_store(url)
    migration.upgrade(engine, revision)
    old = MetaData()
    old.reflect(engine, only=set(metadata.tables) & set(inspect(engine).get_table_names()))
    with store.reading(source) as read, store.writing(engine) as written:
        for table in old.sorted_tables:
            written.execute(table.delete())  # what a migration put there
            columns = [metadata.tables[table.name].c[name] for name in table.c.keys()]  # noqa: SIM118
            rows = [tuple(row) for row in read.execute(select(*columns))]
            fill(written, table, iter([rows] if rows else []))
    source.dispose()
    engine.dispose()
    return url
