"""``hymio unit``, ``hymio point``, ``hymio admin``: who is served where, and who may see it."""

import sys
from typing import Annotated

import typer

from collector import registry
from hymio import service
from hymio.command.terminal import opened, say

unit_app = typer.Typer(no_args_is_help=True, help="Units: whose service it is.")
point_app = typer.Typer(no_args_is_help=True, help="Service points: where a kiosk stands.")
admin_app = typer.Typer(no_args_is_help=True, help="The administrator's login to the dashboard.")

Fi = Annotated[str, typer.Option("--fi", help="Name in Finnish.")]
Sv = Annotated[str, typer.Option("--sv", help="Name in Swedish.")]
En = Annotated[str, typer.Option("--en", help="Name in English.")]


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
