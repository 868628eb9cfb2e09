"""``hymio backup``, ``restore``, ``verify``, ``rebuild``, ``coarsen`` and ``migrate``: the store, looked after."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from collector.care import backup, latest, rebuild, retention, sealing, transfer, verification
from collector.care.proof import Proof
from collector.database import store
from collector.database.address import holds_secret, shown
from collector.days.coarse import DAY_MS
from collector.registration import registry
from hymio import errands, service
from hymio.command.terminal import complain, opened_as_it_is, plainly, progress, say
from hymio.settings import Settings, load

_TO = "HYMIO_MIGRATE_TO"


def back_up(
    copy: Annotated[Path, typer.Argument(help="The file to make; its proof lies beside it.")],
    drill: Annotated[bool, typer.Option(help="Also restore it into a place that is thrown away.")] = True,
    keep_days: Annotated[
        int | None,
        typer.Option(min=1, help="First remove backups in that folder older than this. Not given: all stay."),
    ] = None,
) -> None:
    """Copy the whole store while it works on, and prove that the copy can be restored."""
    with opened_as_it_is(newest=False) as (settings, engine):  # an earlier version may be at work on it
        _clear(copy, settings)
        try:
            _prune(copy.parent, keep_days)
            with progress() as bar:
                task = bar.add_task("copying", total=1.0)
                proof = backup.back_up(
                    engine, copy, service.utc_now_ms(), lambda share: bar.update(task, completed=share)
                )
            if drill:
                with complain.status("restoring it into a place that is thrown away"):
                    backup.drill(copy, settings.database)
            _note(engine, proof, drill)
        except OSError as error:
            raise backup.BackupError(f"{error.filename or copy} cannot be written: {error.strerror}") from None
        say.print(errands.backed_up(copy, proof, drill), highlight=False, soft_wrap=True)


def restore(copy: Annotated[Path, typer.Argument(help="What `hymio backup` made.")]) -> None:
    """Make the store that the settings name, which must not be there yet, what a backup holds."""
    with plainly():
        settings = load()
        _clear(copy, settings)
        try:
            with complain.status("restoring and reading it again"):
                proof = backup.restore(copy, settings.database)
        except OSError as error:
            raise backup.BackupError(f"{error.filename or copy}: {error.strerror}") from None
        say.print(errands.restored(proof), highlight=False, soft_wrap=True)


def _clear(copy: Path, settings: Settings) -> None:
    for left in backup.clear(copy, settings.database):
        complain.print(errands.cleared(left), highlight=False, markup=False, soft_wrap=True)


def _prune(folder: Path, keep_days: int | None) -> None:
    if keep_days is None:
        return
    for one in retention.prune(folder, service.utc_now_ms() - keep_days * DAY_MS):
        complain.print(errands.pruned(one, keep_days), highlight=False, markup=False, soft_wrap=True)


def _note(engine: Engine, proof: Proof, drilled: bool) -> None:
    """The copy is good even where its store cannot be written, such as a replica that it was made from."""
    try:
        latest.note(engine, proof, drilled=drilled)
    except DBAPIError as fault:
        why = str(fault.orig).strip().splitlines()[0]
        words = f"The store does not know of this backup, since nothing could be written there: {why}"
        complain.print(words, highlight=False, markup=False, soft_wrap=True)


def verify() -> None:
    """Hold every sum that pages read against the raw taps. Ends with 1 where any differs; changes nothing."""
    with opened_as_it_is() as (_, engine):
        with progress() as bar:
            task = bar.add_task("reading every tap", total=verification.PARTS)
            report = verification.verify(engine, lambda: bar.advance(task))
        for difference in report.differences:
            say.print(errands.differs(difference), highlight=False, markup=False, soft_wrap=True)
        say.print(errands.verified(report), highlight=False, soft_wrap=True)
        if report.differences:
            raise typer.Exit(1)


def rebuild_days(
    kiosk: Annotated[list[str] | None, typer.Option(help="Only this one's taps; may be given more than once.")] = None,
) -> None:
    """Make all days anew from raw taps, under today's rules and placements; tells what that changed."""
    with opened_as_it_is() as (_, engine):
        with store.reading(engine) as connection:
            for name in kiosk or ():
                registry.known(connection, name)
        rebuild_now(engine, kiosk)


def rebuild_now(engine: Engine, kiosks: list[str] | None, *, keep_rules: bool = False) -> None:
    with complain.status("going through the taps") as status:
        change = rebuild.rebuild(
            engine, kiosks, lambda taps: status.update(f"going through the taps: {taps}"), keep_rules=keep_rules
        )
    for line in errands.rebuilt(change, rebuild.slugs(engine)):
        say.print(line, highlight=False, markup=False, soft_wrap=True)


def coarsen() -> None:
    """Give up exact times older than the setting exact_days, as the running service does once a day."""
    with opened_as_it_is() as (settings, engine):
        if not settings.exact_days:
            say.print("exact_days is 0: exact times stay")
            return
        before_utc_ms = service.utc_now_ms() - settings.exact_days * DAY_MS
        with complain.status("looking for exact times that are old enough") as status:
            done = sealing.coarsen(
                engine, before_utc_ms, _rest, lambda taps: status.update(f"exact times given up: {taps}")
            )
        say.print(errands.coarsened(done, settings.exact_days), highlight=False, soft_wrap=True)


def _rest(seconds: float) -> bool:
    time.sleep(seconds)
    return True


def migrate(
    to: Annotated[
        str | None, typer.Option(help="Address of the new store, such as postgresql://hymio@db.example/hymio.")
    ] = None,
    to_file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A file with that address, which may hold a password."),
    ] = None,
) -> None:
    """Copy every table into another, empty store, and prove that it is there. Stop the service first: kiosks keep taps.

    An address with a password goes into a file or into HYMIO_MIGRATE_TO: a command line is seen by everybody.
    """
    with plainly():
        source, target = load().database, _target(to, to_file)
        try:
            with progress() as bar:
                task = bar.add_task("copying and reading again", total=1.0)
                tables = transfer.transfer(source, target, lambda done, of: bar.update(task, completed=done, total=of))
        except KeyboardInterrupt:
            raise transfer.TransferError(
                "stopped: nothing was kept in the new store, and the old one is as it was; begin again when you like"
            ) from None
        except OSError as error:
            raise transfer.TransferError(
                f"{error.filename or 'the new store'} cannot be written: {error.strerror}"
            ) from None
        except ModuleNotFoundError as error:
            raise transfer.TransferError(f"the driver {error.name} is not installed; install it beside hymio") from None
        say.print(errands.migrated(tables, shown(target)), highlight=False, markup=False, soft_wrap=True)


def _target(to: str | None, to_file: Path | None) -> str:
    given = [address for address in (to, os.environ.get(_TO), to_file and to_file.read_text().strip()) if address]
    if len(given) != 1:
        raise transfer.TransferError(f"say once where to: with --to, with --to-file, or in {_TO}")
    try:
        address = make_url(given[0])
    except ArgumentError:
        raise transfer.TransferError("the address must look like postgresql://user@host/database") from None
    if to is not None and holds_secret(address):
        raise transfer.TransferError(
            f"a password on a command line is seen by everybody; put the address into {_TO} or into a file (--to-file)"
        )
    return given[0]
