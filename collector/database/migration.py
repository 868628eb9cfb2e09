"""The schema's history: brings a store to the newest revision, from nothing or from any earlier one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from collector.database.store import alone, reading, writing

_FOLDER = Path(__file__).parent / "alembic"


class MigrationError(Exception):
    """A store that this version cannot work with; half a sentence: what is wrong and what to do."""


def upgrade(engine: Engine, to: str = "head") -> None:
    """Brings the store to the revision ``to``, in one transaction. Raises what the database raises, and MigrationError.

    Of several collectors that start at once one does it, and the others find it done.
    """
    with writing(engine) as connection:
        alone(connection)
        config = _config()
        found = MigrationContext.configure(connection).get_current_revision()
        _must_be_known(found, config)
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def must_be_newest(engine: Engine) -> None:
    """Raises MigrationError where the store has other tables than this version works with; changes nothing."""
    found, wanted = revision(engine), newest()
    _must_be_known(found, _config())
    if found != wanted:
        raise MigrationError(
            f"it is at revision {found}, this version works with {wanted}. `hymio serve` of this version brings it up "
            "to date when it starts; make a backup first (`hymio backup`)"
        )


def _must_be_known(found: str | None, config: Config) -> None:
    if found is not None and found not in _known(config):
        raise MigrationError(
            f"it is at revision {found}, which this version of hymio does not know: a newer one has migrated it. "
            "Run that one, or restore a backup from before the upgrade"
        )


def revision(engine: Engine) -> str | None:
    """The revision the store is at; None for an empty one."""
    with reading(engine) as connection:
        return revision_in(connection)


def revision_in(connection: Connection) -> str | None:
    """As ``revision``, in the state that a transaction sees."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision this version of hymio works with."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _known(config: Config) -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _config() -> Config:
    config = Config()
    # Alembic reads its options as a template in which % is special
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
