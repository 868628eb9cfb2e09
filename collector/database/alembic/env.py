"""Alembic's entry: runs revisions on the connection that collector.database.migration hands in."""

from alembic import context

from collector.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
