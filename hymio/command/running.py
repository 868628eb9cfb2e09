"""``hymio serve``, ``hymio demo``, ``hymio flash``."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from hymio import log, service
from hymio.command.terminal import PLAIN, complain, opened, plainly, say
from hymio.settings import Settings, load


def serve() -> None:
    """Run the collector, the dashboard and, unless a broker is configured, the embedded broker."""
    with _running() as (settings, engine):
        listener = service.listen(settings.http_host, settings.http_port)
        with service.start(engine, settings) as running:
            address = f"http://{settings.http_host}:{settings.http_port}/"
            web = service.application(
                running, demo=False, metrics_token=settings.metrics_token, secure_cookies=settings.secure_cookies
            )
            service.run_web(web, listener, running, lambda: _is_ready(settings, f"hymio is ready: {address}"))


def collect() -> None:
    """Run a further collector, without pages, beside the one that `hymio serve` runs: /healthz, /readyz, /metrics."""
    with _running(further=True) as (settings, engine):
        listener = service.listen(settings.http_host, settings.http_port)
        with service.start(engine, settings, further=True) as running:
            web = service.collector_application(running, settings.metrics_token)
            service.run_web(
                web, listener, running, lambda: _is_ready(settings, f"collector {settings.broker_user} is ready")
            )


@contextmanager
def _running(*, further: bool = False) -> Iterator[tuple[Settings, Engine]]:
    """As ``opened``; what a program reads is said in the log's form, whatever it is."""
    with plainly():
        settings = load()
        log.set_up(settings.log_format)
        try:
            if further:
                service.may_be_further(settings)  # before a store is made for it
            with service.store(settings) as engine:
                yield settings, engine
        except PLAIN as error:
            if settings.log_format == "text":
                raise
            for line in str(error).splitlines():
                logging.getLogger("hymio").critical(line)
            raise typer.Exit(2) from None


def _is_ready(settings: Settings, what: str) -> None:
    if settings.log_format == "text":
        say.print(f"{what}   (Ctrl-C stops it)", highlight=False)
    else:
        logging.getLogger("hymio").info(what)


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the dashboard.")] = 8000,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("demo-data"),
    visitors: Annotated[bool, typer.Option(help="Simulated visitors press on their own.")] = True,
) -> None:
    """Run the whole product with five simulated kiosks and sixty days of made-up history."""
    from hymio.demo import run

    with plainly():
        log.set_up("text")
        run.run(port, folder, visitors=visitors, console=say)


def flash(
    port: Annotated[str, typer.Argument(help="The board's USB port, such as /dev/ttyACM0.")],
    kiosk: Annotated[str, typer.Option(help="The kiosk's name, from `hymio kiosk add`.")],
    host: Annotated[str | None, typer.Option(help="Name or address under which the kiosk reaches the broker.")] = None,
    broker_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the broker.")] = None,
    ca: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Speak TLS; the authority's PEM.")
    ] = None,
    wifi: Annotated[
        str | None, typer.Option(help="Name of the Wi-Fi network. Not given: the one on the board stays.")
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="Whose Wi-Fi channels: two letters. Not given: FI. Goes with --wifi.")
    ] = None,
    ntp: Annotated[
        str | None, typer.Option(help="A time server the kiosk may ask as well. Not given: it asks none.")
    ] = None,
    another_kiosk: Annotated[
        bool, typer.Option(help="The board is another kiosk: remove that one's journal and settings.")
    ] = False,
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
            report = flashing.put(
                port, config, engine, say, simulated=simulated, wait_s=wait_s, another_kiosk=another_kiosk
            )
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
