"""``hymio broker``: a Mosquitto of one's own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from collector.registration import registry
from hymio import service
from hymio.command.terminal import complain, opened, say

broker_app = typer.Typer(no_args_is_help=True, help="A Mosquitto of your own.")


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
    renew: Annotated[bool, typer.Option("--renew", help="Give every collector another password.")] = False,
) -> None:
    """Write a whole configuration for Mosquitto: TLS, accounts, rights and limits. Writing it again is safe."""
    from hymio import authority, mosquitto  # a service that runs for years holds no cryptography for this

    if len([file for file in (certificate, key, ca) if file is None]) not in (0, 3):
        complain.print("hymio: --certificate, --key and --ca go together; give all three or none", style="red")
        raise typer.Exit(2)
    with opened() as (_, engine):
        site = mosquitto.Site(folder, host, port, collectors, user, plain, certificate, key, ca, renew)
        try:
            written = mosquitto.write(engine, site, datetime.now(UTC))
        except authority.AuthorityError as error:
            raise service.ServiceError(str(error)) from None
        except OSError as error:
            raise service.ServiceError(
                f"{error.filename or folder} cannot be read or written: {error.strerror}"
            ) from None
        for line in mosquitto.told(site, written, registry.without_broker_hash(engine)):
            say.print(line, highlight=False, markup=False, soft_wrap=True)
