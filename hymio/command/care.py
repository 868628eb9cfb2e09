"""``hymio backup``, ``restore``, ``verify``, ``rebuild`` and ``coarsen``: the store, looked after."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from sqlalchemy import Engine

from collector import backup, rebuild, sealing, verification
from collector.coarse import DAY_MS
from hymio import errands, service
from hymio.command.terminal import PROGRESS, complain, opened, plainly, say
from hymio.settings import load


def back_up(
    copy: Annotated[Path, typer.Argument(help="The file to make; its proof lies beside it.")],
    drill: Annotated[bool, typer.Option(help="Also restore it into a place that is thrown away.")] = True,
) -> None:
    """Copy the whole store while it works on, and prove that the copy can be restored."""
    with opened() as (settings, engine):
        try:
            with Progress(*PROGRESS, console=complain, transient=True) as bar:
                task = bar.add_task("copying", total=1.0)
                proof = backup.back_up(
                    engine, copy, service.utc_now_ms(), lambda share: bar.update(task, completed=share)
                )
            if drill:
                with complain.status("restoring it into a place that is thrown away"):
                    backup.drill(copy, settings.database)
        except OSError as error:
            raise backup.BackupError(f"{error.filename or copy} cannot be written: {error.strerror}") from None
        say.print(errands.backed_up(copy, proof, drill), highlight=False, soft_wrap=True)


def restore(copy: Annotated[Path, typer.Argument(help="What `hymio backup` made.")]) -> None:
    """Make the store that the settings name, which must not be there yet, what a backup holds."""
    with plainly():
        settings = load()
        try:
            with complain.status("restoring and reading it again"):
                proof = backup.restore(copy, settings.database)
        except OSError as error:
            raise backup.BackupError(f"{error.filename or copy}: {error.strerror}") from None
        say.print(errands.restored(proof), highlight=False, soft_wrap=True)


def verify() -> None:
    """Hold every sum that pages read against the raw taps. Ends with 1 where any differs; changes nothing."""
    with opened() as (_, engine):
        with complain.status("reading every tap"):
            report = verification.verify(engine)
        for difference in report.differences:
            say.print(errands.differs(difference), highlight=False, markup=False, soft_wrap=True)
        say.print(errands.verified(report), highlight=False)
        if report.differences:
            raise typer.Exit(1)


def rebuild_days(
    kiosk: Annotated[list[str] | None, typer.Option(help="Only this one's taps; may be given more than once.")] = None,
) -> None:
    """Make all days anew from raw taps, under today's rules and placements; tells what that changed."""
    with opened() as (_, engine):
        rebuild_now(engine, kiosk)


def rebuild_now(engine: Engine, kiosks: list[str] | None) -> None:
    with complain.status("going through the taps") as status:
        change = rebuild.rebuild(engine, kiosks, lambda taps: status.update(f"going through the taps: {taps}"))
    for line in errands.rebuilt(change, rebuild.slugs(engine)):
        say.print(line, highlight=False, markup=False, soft_wrap=True)


def coarsen() -> None:
    """Give up exact times older than the setting exact_days, as the running service does once a day."""
    with opened() as (settings, engine):
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
