"""``hymio rules``: what counts, in versions."""

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from collector.database import store
from collector.database.tables import UNDATED
from collector.registration import registry
from collector.registration.registry import RegistryError
from collector.verdict import hours, rules
from hymio import opening, rulebook, service
from hymio.command.terminal import opened, say

rules_app = typer.Typer(no_args_is_help=True, help="What counts: the rules, in versions.")

_DAY = ["%Y-%m-%d"]


def _tell(line: str) -> None:
    say.print(line, highlight=False, markup=False, soft_wrap=True)


@rules_app.command("show")
def rules_show(
    day: Annotated[datetime | None, typer.Option(formats=_DAY, help="Of which day. Not given: today.")] = None,
) -> None:
    """Tell the rules that hold for taps of a day."""
    with opened() as (_, engine), store.reading(engine) as connection:
        on = day.date() if day else _today()
        for line in rulebook.shown(rules.in_force(rules.sets(connection), on)):
            _tell(line)


@rules_app.command("set")
def rules_set(
    note: Annotated[str, typer.Option(help="Why, for whoever reads it in years to come.")],
    interval_s: Annotated[
        int | None, typer.Option(min=0, max=60, help="The response interval, in seconds; 0: none.")
    ] = None,
    burst_taps: Annotated[
        int | None, typer.Option(min=0, max=1000, help="Taps of one run that are counted; 0: all of them.")
    ] = None,
    burst_pause_s: Annotated[
        int | None, typer.Option(min=1, max=600, help="Seconds without a press that end a run.")
    ] = None,
    grace_min: Annotated[
        int | None, typer.Option(min=0, max=1440, help="Minutes before and after the opening hours that still count.")
    ] = None,
    use_hours: Annotated[
        bool | None, typer.Option("--use-hours/--no-hours", help="Whether opening hours decide what counts.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="The first day that they hold for. Not given: tomorrow.")
    ] = None,
    always: Annotated[bool, typer.Option("--always", help="They hold for every day, also for taps in no day.")] = False,
) -> None:
    """Add a version of the rules; what is not given stays as it is. Days that are decided change only by a rebuild."""
    if since is not None and always:
        raise typer.BadParameter("give --since or --always, not both", param_hint="--always")
    with opened() as (_, engine):
        first = UNDATED if always else since.date() if since else _today() + timedelta(days=1)
        with store.reading(engine) as connection:
            now = rules.in_force(rules.sets(connection), first).rules
        figures: dict[str, int | None] = {
            "interval_ms": now.interval_ms if interval_s is None else interval_s * 1000,
            "burst_taps": now.burst_taps if burst_taps is None else burst_taps,
            "burst_pause_ms": now.burst_pause_ms if burst_pause_s is None else burst_pause_s * 1000,
            "grace_ms": rulebook.grace_ms(now.grace_ms, grace_min, use_hours),
        }
        if figures == {name: getattr(now, name) for name in figures}:
            raise RegistryError("these are the rules already; say what is to be another (`hymio rules set --help`)")
        added = rules.change(engine, figures, first, note, service.utc_now_ms())
        for line in rulebook.shown(added):
            _tell(line)
        if first <= _today():
            _tell("What is decided stays so; `hymio rebuild` makes days anew under these rules and says what changed.")


@rules_app.command("history")
def rules_history() -> None:
    """Tell every version of the rules, and what was told of opening hours, in the order in which it came."""
    with opened() as (_, engine), store.reading(engine) as connection:
        points = registry.points(connection)
        lines = [(one.rules.version, rulebook.listed(one)) for one in rules.sets(connection)]
        lines += [
            (one.version, f"{one.version}  {rulebook.when(one.told_utc_ms)}  {points[one.service_point_id]}, "
                          f"{opening.told(one)}")
            for one in hours.told(connection, points)
        ]  # fmt: skip
        for _version, line in sorted(lines):
            _tell(line)


def _today() -> date:
    """By this computer's clock."""
    return datetime.now().date()
