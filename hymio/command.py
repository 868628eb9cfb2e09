"""The command ``hymio``. Each command is a thin layer: settings, one call, one answer in plain words."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from sqlalchemy import Engine

from collector import backup, orders, rebuild, registry, release, verification
from collector.accounts import AccountsError
from collector.orders import OrderError
from collector.release import ReleaseError
from collector.store import reading
from collector.update_key import UpdateKeyError
from hymio import errands, mosquitto, service
from hymio.settings import Settings, SettingsError, load

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Open smiley feedback."
)
unit_app = typer.Typer(no_args_is_help=True, help="Units: whose service it is.")
point_app = typer.Typer(no_args_is_help=True, help="Service points: where a kiosk stands.")
kiosk_app = typer.Typer(no_args_is_help=True, help="Kiosks: accounts, placements.")
firmware_app = typer.Typer(no_args_is_help=True, help="Firmware on offer to kiosks over the air.")
broker_app = typer.Typer(no_args_is_help=True, help="A Mosquitto of your own.")
admin_app = typer.Typer(no_args_is_help=True, help="The administrator's login to the dashboard.")
for name, group in (
    ("unit", unit_app),
    ("point", point_app),
    ("kiosk", kiosk_app),
    ("firmware", firmware_app),
    ("broker", broker_app),
    ("admin", admin_app),
):
    app.add_typer(group, name=name)

say = Console()
complain = Console(stderr=True)

Fi = Annotated[str, typer.Option("--fi", help="Name in Finnish.")]
Sv = Annotated[str, typer.Option("--sv", help="Name in Swedish.")]
En = Annotated[str, typer.Option("--en", help="Name in English.")]
KioskName = Annotated[str, typer.Argument(help="The kiosk's name.")]

PROGRESS = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())

_PLAIN = (
    SettingsError,
    service.ServiceError,
    registry.RegistryError,
    OrderError,
    ReleaseError,
    UpdateKeyError,
    AccountsError,
    backup.BackupError,
)


@contextmanager
def plainly() -> Iterator[None]:
    """A known failure becomes its own sentences and exit code 2; no stack trace."""
    try:
        yield
    except _PLAIN as error:
        for line in str(error).splitlines():
            complain.print(f"hymio: {line}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None


@contextmanager
def opened() -> Iterator[tuple[Settings, Engine]]:
    with plainly():
        settings = load()
        with service.store(settings) as engine:
            yield settings, engine


@app.command()
def serve() -> None:
    """Run the collector, the dashboard and, unless a broker is configured, the embedded broker."""
    with opened() as (settings, engine):
        service.log_to_console()
        listener = service.listen(settings.http_host, settings.http_port)
        with service.start(engine, settings) as running:
            address = f"http://{settings.http_host}:{settings.http_port}/"
            web = service.application(running, demo=False, secure_cookies=settings.secure_cookies)
            service.run_web(
                web, listener, lambda: say.print(f"hymio is ready: {address}   (Ctrl-C stops it)", highlight=False)
            )


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the dashboard.")] = 8000,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("demo-data"),
    visitors: Annotated[bool, typer.Option(help="Simulated visitors press on their own.")] = True,
) -> None:
    """Run the whole product with five simulated kiosks and sixty days of made-up history."""
    from hymio.demo import run

    with plainly():
        service.log_to_console()
        run.run(port, folder, visitors=visitors, console=say)


@app.command("backup")
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


@app.command()
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


@app.command()
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


@app.command()
def flash(
    port: Annotated[str, typer.Argument(help="The board's USB port, such as /dev/ttyACM0.")],
    kiosk: Annotated[str, typer.Option(help="The kiosk's name, from `hymio kiosk add`.")],
    host: Annotated[str | None, typer.Option(help="Name or address under which the kiosk reaches the broker.")] = None,
    broker_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the broker.")] = None,
    ca: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Speak TLS; the authority's PEM.")
    ] = None,
    wifi: Annotated[str | None, typer.Option(help="Name of the Wi-Fi network.")] = None,
    country: Annotated[
        str | None, typer.Option(help="Whose Wi-Fi channels: two letters. Not given: FI. Goes with --wifi.")
    ] = None,
    ntp: Annotated[
        str | None, typer.Option(help="A time server the kiosk may ask as well. Not given: it asks none.")
    ] = None,
    wait_s: Annotated[float, typer.Option(min=0, help="Seconds to wait for the kiosk's birth; 0: do not.")] = 60,
    simulated: Annotated[bool, typer.Option(help="The board is MicroPython on this computer.")] = False,
) -> None:
    """Write the firmware and a kiosk's configuration to a board over USB, check it, restart it, wait for its birth.

    The kiosk's secret and the Wi-Fi key are asked for, or taken from HYMIO_KIOSK_SECRET and HYMIO_WIFI_KEY.
    """
    from firmware.tools.image import ImageError
    from firmware.tools.usb import FlashError
    from hymio import flashing

    with opened() as (settings, engine):
        try:
            config = flashing.configuration(
                kiosk, settings, host=host, port=broker_port, ca=ca, wifi=wifi, country=country, ntp=ntp
            )
            report = flashing.put(port, config, engine, say, simulated=simulated, wait_s=wait_s)
        except (FlashError, ImageError, flashing.FlashingError) as error:
            raise service.ServiceError(str(error)) from None
    files = "1 file" if len(report.written) == 1 else f"{len(report.written)} files"
    say.print(f"version {report.version} is on the board: {files} written, ", end="")
    say.print(f"{len(report.unchanged)} already right, {len(report.removed)} removed; every one read back.")
    if report.born is False:
        complain.print("The kiosk's birth did not come. Is the service running, the network right, the secret right?")
        raise typer.Exit(1)
    if report.born:
        say.print(f"kiosk {kiosk} is online")


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


@kiosk_app.command("add")
def kiosk_add(
    name: Annotated[str, typer.Argument(help="The kiosk's name: a to z, 0 to 9, hyphen; never used again.")],
    point: Annotated[str, typer.Option(help="The service point where it stands.")],
) -> None:
    """Add a kiosk and place it. Prints its secret once; only a hash of it is kept."""
    with opened() as (settings, engine):
        secret = registry.add_kiosk(engine, name, point, service.utc_now_ms())
        _show_once(name, secret)
        service.keep_accounts(engine, settings)


@kiosk_app.command("renew")
def kiosk_renew(name: KioskName) -> None:
    """Give a kiosk another secret, for one that may be known. The old one ends; `hymio flash` brings the new."""
    with opened() as (settings, engine):
        _show_once(name, registry.renew_secret(engine, name))
        service.keep_accounts(engine, settings)


def _show_once(kiosk: str, secret: str) -> None:
    say.print(f"kiosk  {kiosk}\nsecret {secret}", highlight=False)
    complain.print("Keep the secret now: it is not shown again.", style="dim")


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
            _rebuild(engine, [name])


@app.command("rebuild")
def rebuild_days(
    kiosk: Annotated[list[str] | None, typer.Option(help="Only this one's taps; may be given more than once.")] = None,
) -> None:
    """Make all days anew from raw taps, under today's rules and placements; tells what that changed."""
    with opened() as (_, engine):
        _rebuild(engine, kiosk)


def _rebuild(engine: Engine, kiosks: list[str] | None) -> None:
    with complain.status("going through the taps") as status:
        change = rebuild.rebuild(engine, kiosks, lambda taps: status.update(f"going through the taps: {taps}"))
    for line in errands.rebuilt(change, rebuild.slugs(engine)):
        say.print(line, highlight=False, markup=False, soft_wrap=True)


@kiosk_app.command("set")
def kiosk_set(
    name: KioskName,
    idle_light: Annotated[int, typer.Option(min=0, max=100, help="The dim breath of an idle kiosk, per cent; 0: off.")],
    health_s: Annotated[int, typer.Option(min=10, max=86400, help="Seconds between two health messages.")] = 300,
) -> None:
    """Give a kiosk other settings; it is told at its next birth."""
    with opened() as (_, engine):
        version = registry.configure_kiosk(engine, name, idle_light, health_s, "stable")
        say.print(f"settings {version} of kiosk {name} are sent at its next birth")


@kiosk_app.command("retire")
def kiosk_retire(name: KioskName) -> None:
    """End a kiosk's account. Its taps stay; its name is not used again."""
    with opened() as (settings, engine):
        registry.retire_kiosk(engine, name, service.utc_now_ms())
        service.keep_accounts(engine, settings)
        say.print(f"kiosk {name} retired")


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


@firmware_app.command("offer")
def firmware_offer(
    simulated: Annotated[bool, typer.Option(help="For kiosks that run on a computer.")] = False,
) -> None:
    """Compile this version's firmware and keep it in the store, for kiosks to fetch when they are told to."""
    from firmware.tools.image import ImageError, build_image
    from hymio.flashing import ROOT

    with opened() as (_, engine):
        try:
            image = build_image(ROOT, for_computer=simulated)
        except ImageError as error:
            raise ReleaseError(str(error)) from None
        new = release.offer(engine, image.version, image.files, service.utc_now_ms())
        say.print(f"version {image.version} is on offer{'' if new else ' already'}; no kiosk was told.")
        say.print("`hymio kiosk update KIOSK` gives it to one.", highlight=False)


@firmware_app.command("list")
def firmware_list() -> None:
    """Tell which firmware is on offer, the newest first."""
    with opened() as (_, engine), reading(engine) as connection:
        for one in release.on_offer(connection):
            say.print(errands.offered(one), highlight=False, soft_wrap=True)


@firmware_app.command("withdraw")
def firmware_withdraw(version: Annotated[str, typer.Argument(help="As `hymio firmware list` tells it.")]) -> None:
    """Take firmware off the offer, and back from kiosks that were told to fetch it and have not."""
    with opened() as (_, engine):
        orders.withdraw(engine, version)
        say.print(f"version {version} is no longer on offer; kiosks that run it go on", highlight=False)


@broker_app.command("config")
def broker_config(
    folder: Annotated[Path, typer.Argument(help="Where the configuration is written, such as /etc/hymio/mosquitto.")],
    host: Annotated[str, typer.Option(help="Name or address under which kiosks and collectors reach the broker.")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port it listens on.")] = 8883,
    collectors: Annotated[int, typer.Option(min=1, max=64, help="How many collectors get an account.")] = 1,
    user: Annotated[str, typer.Option(help="The account of this computer that Mosquitto runs as.")] = "mosquitto",
    plain: Annotated[bool, typer.Option(help="No TLS: on one computer, or a network that only you use.")] = False,
    certificate: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The broker's certificate (PEM). Not given: made.")
    ] = None,
    key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Its private key (PEM).")] = None,
    ca: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Who signed it (PEM).")] = None,
) -> None:
    """Write a whole configuration for Mosquitto: TLS, accounts, rights and limits. Writing it again is safe."""
    if len([file for file in (certificate, key, ca) if file is None]) not in (0, 3):
        complain.print("hymio: --certificate, --key and --ca go together; give all three or none", style="red")
        raise typer.Exit(2)
    with opened() as (_, engine):
        site = mosquitto.Site(folder, host, port, collectors, user, plain, certificate, key, ca)
        try:
            written = mosquitto.write(engine, site, datetime.now(UTC))
        except OSError as error:
            raise service.ServiceError(f"{error.filename or folder} cannot be written: {error.strerror}") from None
        for line in mosquitto.told(site, written, registry.without_broker_hash(engine)):
            say.print(line, highlight=False, markup=False, soft_wrap=True)


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
