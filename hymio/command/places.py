"""``hymio unit``, ``hymio point``, ``hymio admin``: who is served where, and who may see it."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from collector.registration import correction, registry
from collector.verdict import hours
from collector.verdict.week import USUAL
from hymio import opening, service
from hymio.command.terminal import opened, say

unit_app = typer.Typer(no_args_is_help=True, help="Units: whose service it is.")
point_app = typer.Typer(no_args_is_help=True, help="Service points: where a kiosk stands.")
admin_app = typer.Typer(no_args_is_help=True, help="The administrator's login to the dashboard.")

UNKNOWN = "unknown"
_DAY = ["%Y-%m-%d"]

Fi = Annotated[str, typer.Option("--fi", help="Name in Finnish.")]
Sv = Annotated[str, typer.Option("--sv", help="Name in Swedish.")]
En = Annotated[str, typer.Option("--en", help="Name in English.")]
NewFi = Annotated[str | None, typer.Option("--fi", help="Name in Finnish. Not given: stays.")]
NewSv = Annotated[str | None, typer.Option("--sv", help="Name in Swedish. Not given: stays.")]
NewEn = Annotated[str | None, typer.Option("--en", help="Name in English. Not given: stays.")]


@unit_app.command("add")
def unit_add(
    slug: Annotated[str, typer.Argument(help="Short name for addresses: a to z, 0 to 9, hyphen.")],
    fi: Fi,
    sv: Sv,
    en: En,
    parent: Annotated[str | None, typer.Option(help="The unit it belongs to.")] = None,
) -> None:
    """Add a unit."""
    with opened() as (_, engine):
        registry.add_unit(engine, slug, {"fi": fi, "sv": sv, "en": en}, parent)
        say.print(f"unit {slug} added")


@unit_app.command("rename")
def unit_rename(
    slug: Annotated[str, typer.Argument(help="The unit; its short name stays.")],
    fi: NewFi = None,
    sv: NewSv = None,
    en: NewEn = None,
) -> None:
    """Give a unit other names on pages, from now on and for days gone by; a name that is not given stays."""
    with opened() as (_, engine):
        names = correction.rename_unit(engine, slug, _given(fi, sv, en))
        say.print(f"unit {slug} is called {', '.join(names.values())}", highlight=False, markup=False)


@point_app.command("add")
def point_add(
    slug: Annotated[str, typer.Argument(help="Short name: a to z, 0 to 9, hyphen.")],
    unit: Annotated[str, typer.Option(help="The unit whose service point it is.")],
    fi: Fi,
    sv: Sv,
    en: En,
    timezone: Annotated[str, typer.Option(help="Decides the local day.")] = "Europe/Helsinki",
) -> None:
    """Add a service point."""
    with opened() as (_, engine):
        registry.add_point(engine, slug, unit, {"fi": fi, "sv": sv, "en": en}, timezone)
        say.print(f"service point {slug} added to unit {unit}")


@point_app.command("rename")
def point_rename(
    slug: Annotated[str, typer.Argument(help="The service point; its short name stays.")],
    fi: NewFi = None,
    sv: NewSv = None,
    en: NewEn = None,
) -> None:
    """Give a service point other names on pages, from now on and for days gone by; a name that is not given stays."""
    with opened() as (_, engine):
        names = correction.rename_point(engine, slug, _given(fi, sv, en))
        say.print(f"service point {slug} is called {', '.join(names.values())}", highlight=False, markup=False)


@point_app.command("zone")
def point_zone(
    slug: Annotated[str, typer.Argument(help="The service point.")],
    timezone: Annotated[str, typer.Argument(help="An IANA name, such as Europe/Helsinki.")],
) -> None:
    """Mend the time zone that decides the local day. Refused once taps belong there: their days are decided."""
    with opened() as (_, engine):
        correction.set_timezone(engine, slug, timezone)
        say.print(f"the days of service point {slug} are those of {timezone}", highlight=False, markup=False)


@point_app.command("ask")
def point_ask(
    point: Annotated[str, typer.Argument(help="The service point.")],
    fi: Annotated[str, typer.Option("--fi", help="The question in Finnish.")],
    sv: Annotated[str, typer.Option("--sv", help="The question in Swedish.")],
    en: Annotated[str, typer.Option("--en", help="The question in English.")],
) -> None:
    """What the service point asks from now on; taps of the question before stay apart."""
    with opened() as (_, engine):
        registry.ask(engine, point, {"fi": fi, "sv": sv, "en": en}, service.utc_now_ms())
        say.print(f"service point {point} asks: {fi}", highlight=False)


@point_app.command("hours")
def point_hours(
    point: Annotated[str, typer.Argument(help="The service point.")],
    week: Annotated[
        list[str] | None,
        typer.Argument(
            help="Such as 'mon-fri 8-16' 'sat 10-14' 'holiday 10-12'; or closed, or unknown. Not given: tells them.",
        ),
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="The first day. Not given: today.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="The last day, itself included. Not given: still.")
    ] = None,
    note: Annotated[str, typer.Option(help="Why, for whoever reads it later.")] = "",
) -> None:
    """When the service point is open: days that are not named are closed, and so are public holidays unless said."""
    with opened() as (_, engine):
        if not week:
            for line in opening.listed(engine, point):
                say.print(line, highlight=False, markup=False, soft_wrap=True)
            return
        now_ms = service.utc_now_ms()
        first = since.date() if since else opening.today(engine, point, now_ms)
        said = None if week == [UNKNOWN] else "; ".join(week)
        told = hours.tell_week(engine, point, said, first, until.date() if until else None, note, now_ms)
        say.print(f"service point {point}: {opening.told(told)}", highlight=False, markup=False, soft_wrap=True)


@point_app.command("day")
def point_day(
    point: Annotated[str, typer.Argument(help="The service point.")],
    day: Annotated[datetime, typer.Argument(formats=_DAY, help="The day, such as 2026-12-23.")],
    said: Annotated[str, typer.Argument(metavar="HOURS", help="Such as 10-14, or closed; usual: as its week says.")],
    note: Annotated[str, typer.Option(help="Why, for whoever reads it later.")] = "",
) -> None:
    """When the service point is open on one exceptional day, whatever its week says."""
    with opened() as (_, engine):
        told = hours.tell_day(engine, point, day.date(), None if said == USUAL else said, note, service.utc_now_ms())
        say.print(f"service point {point}: {opening.told(told)}", highlight=False, markup=False, soft_wrap=True)


@admin_app.command("set")
def admin_set(name: Annotated[str, typer.Argument(help="Login name.")]) -> None:
    """Set the administrator's login; asks for the password (or reads one line of standard input)."""
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    with opened() as (_, engine):
        registry.set_administrator(engine, name, password)
        say.print(f"administrator {name} can log in")


def _given(fi: str | None, sv: str | None, en: str | None) -> dict[str, str]:
    names = {"fi": fi, "sv": sv, "en": en}
    return {language: name for language, name in names.items() if name is not None}
