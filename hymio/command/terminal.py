"""What every command shares: settings and store opened, what is said, and failures in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from collector.answers.orders import OrderError
from collector.answers.release import ReleaseError
from collector.answers.update_key import UpdateKeyError
from collector.care import backup, transfer
from collector.database.store import StoreError
from collector.registration import registry
from collector.registration.accounts import AccountsError
from hymio import service
from hymio.settings import Settings, SettingsError, load

say = Console(soft_wrap=True)  # what a program reads is one line a line
complain = Console(stderr=True)

PROGRESS = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())

PLAIN = (
    SettingsError,
    service.ServiceError,
    registry.RegistryError,
    OrderError,
    ReleaseError,
    UpdateKeyError,
    AccountsError,
    backup.BackupError,
    transfer.TransferError,
    StoreError,
)


@contextmanager
def plainly() -> Iterator[None]:
    """A known failure becomes its own sentences and exit code 2; no stack trace."""
    try:
        yield
    except PLAIN as error:
        for line in str(error).splitlines():
            complain.print(f"hymio: {line}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except DBAPIError as error:
        why = str(error.orig).strip().splitlines()[0]
        complain.print(
            f"hymio: the database refused: {why}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        raise typer.Exit(2) from None


@contextmanager
def opened() -> Iterator[tuple[Settings, Engine]]:
    """The store that the settings name; made where there is none."""
    with plainly():
        settings = load()
        with service.store(settings) as engine:
            yield settings, engine


@contextmanager
def opened_as_it_is(*, newest: bool = True) -> Iterator[tuple[Settings, Engine]]:
    """As ``opened``, for what looks after a store: one that is not there is named, and not made, and none is migrated.

    ``newest``: one of an earlier version is named, too.

    Else whoever is in another folder, or has forgotten HYMIO_CONFIG, is told that all is well, of an empty one.
    """
    with plainly():
        settings = load()
        with service.store_there(settings, newest=newest) as engine:
            yield settings, engine


def progress() -> Progress:
    """A bar on a terminal; nothing where nobody watches."""
    return Progress(*PROGRESS, console=complain, transient=True, disable=not complain.is_terminal)
