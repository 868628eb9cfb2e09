"""``hymio firmware``: what is on offer to kiosks."""

from typing import Annotated

import typer

from collector.answers import orders, release
from collector.answers.release import ReleaseError
from collector.database.store import reading
from hymio import errands, service
from hymio.command.terminal import opened, say

firmware_app = typer.Typer(no_args_is_help=True, help="Firmware on offer to kiosks over the air.")


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
