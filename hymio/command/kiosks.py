"""``hymio kiosk``: accounts, placements, and what is asked of a kiosk over the air."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Engine

from collector.answers import orders
from collector.database.store import reading
from collector.registration import registry, retirement
from hymio import errands, service
from hymio.command.care import rebuild_now
from hymio.command.terminal import complain, opened, say

kiosk_app = typer.Typer(no_args_is_help=True, help="Kiosks: accounts, placements.")

KioskName = Annotated[str, typer.Argument(help="The kiosk's name.")]


@contextmanager
def _admitting() -> Iterator[Engine]:
    """The store; what is changed in it is so at the broker, too, where hymio keeps that one's accounts.

    Nothing is changed where it could not become so, since the store is another one than the broker's.
    """
    with opened() as (settings, engine):
        accounts = service.accounts_of(engine, settings)
        if accounts is not None:
            accounts.check()
        yield engine
        left = service.keep_accounts(engine, settings)
        if left is not None:
            complain.print(left, style="dim", highlight=False, markup=False, soft_wrap=True)


@kiosk_app.command("add")
def kiosk_add(
    name: Annotated[str, typer.Argument(help="The kiosk's name: a to z, 0 to 9, hyphen; never used again.")],
    point: Annotated[str, typer.Option(help="The service point where it stands.")],
) -> None:
    """Add a kiosk and place it. Prints its secret once; only a hash of it is kept."""
    with _admitting() as engine:
        _show_once(name, registry.add_kiosk(engine, name, point, service.utc_now_ms()))


@kiosk_app.command("renew")
def kiosk_renew(name: KioskName) -> None:
    """Give a kiosk another secret, for one that may be known. The old one ends; `hymio flash` brings the new."""
    with _admitting() as engine:
        _show_once(name, registry.renew_secret(engine, name))


def _show_once(kiosk: str, secret: str) -> None:
    say.print(f"kiosk  {kiosk}\nsecret {secret}", highlight=False)
    complain.print("Keep the secret now: it is not shown again.", style="dim")


@kiosk_app.command("place")
def kiosk_place(
    name: KioskName,
    point: Annotated[str | None, typer.Option(help="Where it stands from then on; not given: nowhere.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%d %H:%M"], help="Since when, by the clock there. Not given: now."),
    ] = None,
) -> None:
    """Move a kiosk, from now on or since a time in the past; taps go to where it stood when they were pressed."""
    with opened() as (_, engine):
        zone = registry.timezone_of(engine, point) if point else "Europe/Helsinki"
        now_ms = service.utc_now_ms()
        from_ms = now_ms if since is None else int(since.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
        if from_ms > now_ms:
            raise registry.RegistryError("since: it lies ahead; a move can be told of when it has been made")
        registry.place_kiosk(engine, name, point, from_ms)
        where = f"at {point}" if point else "nowhere: its taps are stored, not counted"
        say.print(f"kiosk {name} stands {where}" + ("" if since is None else f", since {since:%Y-%m-%d %H:%M}"))
        if since is not None:
            rebuild_now(engine, [name], keep_rules=True)


@kiosk_app.command("set")
def kiosk_set(
    name: KioskName,
    idle_light: Annotated[
        int | None,
        typer.Option(min=0, max=100, help="The dim breath of an idle kiosk, per cent of the brightest; 0: off."),
    ] = None,
    health_s: Annotated[
        int | None, typer.Option(min=10, max=86400, help="Seconds between two health messages.")
    ] = None,
) -> None:
    """Give a kiosk other settings; what is not named stays. It is told at its next birth."""
    with opened() as (_, engine):
        version = registry.configure_kiosk(engine, name, idle_light, health_s)
        say.print(f"settings {version} of kiosk {name} are sent at its next birth")


@kiosk_app.command("retire")
def kiosk_retire(
    name: KioskName,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also while it has taps that it has not delivered, or that are missing.")
    ] = False,
) -> None:
    """End a kiosk's account. Its taps stay; its name is not used again."""
    with _admitting() as engine:
        owed = retirement.retire(engine, name, service.utc_now_ms(), anyway=anyway)
        say.print(f"kiosk {name} retired")
        if owed.waiting:
            complain.print(
                f"When last heard of it had {owed.waiting} taps that it had not delivered: they stay in its flash, and "
                "never come.",
                style="yellow",
                soft_wrap=True,
            )


def _ask(kiosk: str, action: str, **details: Any) -> None:
    with opened() as (_, engine):
        order = orders.queue(engine, kiosk, action, service.utc_now_ms(), **details)
        say.print(errands.queued(order), highlight=False, markup=False)


@kiosk_app.command("update")
def kiosk_update(
    name: KioskName,
    version: Annotated[str | None, typer.Option(help="One that is on offer. Not given: the newest.")] = None,
) -> None:
    """Have a kiosk fetch firmware over the air and try it; it goes back by itself if that fails."""
    _ask(name, "update", version=version)


@kiosk_app.command("test")
def kiosk_test(
    name: KioskName,
    mode: Annotated[Literal["on", "off"], typer.Argument(help="on or off.")],
    minutes: Annotated[int, typer.Option(min=1, max=60, help="After this it ends by itself.")] = 10,
) -> None:
    """Turn a kiosk's test mode on or off. Taps in it are stored and never counted."""
    _ask(name, "test", on=mode == "on", seconds=minutes * 60 if mode == "on" else 1)


@kiosk_app.command("identify")
def kiosk_identify(
    name: KioskName,
    seconds: Annotated[int, typer.Option(min=1, max=3600, help="How long.")] = 10,
) -> None:
    """Let a kiosk's lights blink, to see which one it is."""
    _ask(name, "identify", seconds=seconds)


@kiosk_app.command("restart")
def kiosk_restart(name: KioskName) -> None:
    """Restart a kiosk, with its taps in its journal."""
    _ask(name, "reboot")


@kiosk_app.command("orders")
def kiosk_orders(
    name: Annotated[str | None, typer.Argument(help="The kiosk's name; not given: all kiosks.")] = None,
) -> None:
    """Tell what was asked of kiosks over the air and what became of it, the newest first."""
    with opened() as (_, engine), reading(engine) as connection:
        if name is not None:
            registry.in_use(connection, name)
        for order in orders.asked(connection, name):
            say.print(errands.listed(order), highlight=False, markup=False, soft_wrap=True)
