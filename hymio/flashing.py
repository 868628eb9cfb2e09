"""``hymio flash``: what the technician is asked, what is put onto the board, and the wait for the kiosk's birth."""

import os
import re
import time
from pathlib import Path
from typing import Any

import typer
from kiosk import setup
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine, select

from collector.answers.update_key import UpdateKey
from collector.database.tables import Kiosk, journal_mark, kiosk_state
from collector.registration import registry
from firmware.tools import wifi as wifi_of
from firmware.tools.flash import PLATFORMS, Report, flash
from firmware.tools.image import build_image
from hymio.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SECRET_VARIABLE = "HYMIO_KIOSK_SECRET"
WIFI_KEY_VARIABLE = "HYMIO_WIFI_KEY"
SIMULATED = "linux"
"""``sys.platform`` of MicroPython on this computer: a board to try the command on without one."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LOOK_S = 0.25


class FlashingError(Exception):
    """The board cannot be flashed as asked. One sentence: what is in the way and what to do."""


def configuration(
    kiosk: str,
    settings: Settings,
    *,
    host: str | None,
    port: int | None,
    ca: Path | None,
    wifi: str | None,
    country: str | None = None,
    ntp: str | None = None,
) -> dict[str, Any]:
    """``config.json`` of a kiosk; secrets come from the environment or are asked for, never from the command line.

    Raises FlashingError where the broker's address for kiosks is not known, or a field is wrong, and UpdateKeyError.
    """
    _check_options(wifi, country, ntp)
    host = host or settings.broker_host
    if host is None and settings.embedded_host not in (*_LOOPBACK, "0.0.0.0", "::"):
        host = settings.embedded_host
    if host is None:
        raise FlashingError("give --host: the name or address under which the kiosk reaches the broker")
    if settings.broker_host is None and settings.embedded_host in _LOOPBACK and host not in _LOOPBACK:
        raise FlashingError(
            f"the embedded broker listens on {settings.embedded_host} only, where no kiosk reaches it; "
            "set embedded_host to 0.0.0.0 and start the service again"
        )
    ca = ca or settings.broker_ca
    if ca is None and (settings.broker_tls if settings.broker_host else settings.embedded_certificate):
        raise FlashingError("the broker speaks TLS; give --ca: the certificate of the authority that signed its own")
    config: dict[str, Any] = {
        "kiosk": kiosk,
        "secret": _hidden(SECRET_VARIABLE, "The kiosk's secret"),
        "host": host,
        "port": port or (settings.broker_port if settings.broker_host else settings.embedded_port),
        "tls": ca is not None,
        "ca": None if ca is None else _pem(ca),
        "flashed": int(time.time()),  # certificates are checked against it until a server tells the time
    }
    if wifi is not None:
        key = _hidden(WIFI_KEY_VARIABLE, "The Wi-Fi network's key (empty: an open network)", default="")
        config["wifi"] = {"ssid": wifi, "key": key or None}
        if country is not None:
            config["wifi"]["country"] = country.upper()
        fault = wifi_of.fault(config["wifi"])
        if fault:
            raise FlashingError(fault)
    if ntp is not None:
        config["ntp"] = ntp
    try:
        setup.read(dict(config))
    except setup.SetupError as error:
        raise FlashingError(str(error)) from None
    return {**config, "update_key": UpdateKey(settings.update_key).of(kiosk)}


def _check_options(wifi: str | None, country: str | None, ntp: str | None) -> None:
    if country is not None and not re.fullmatch("[A-Za-z]{2}", country):
        raise FlashingError(f"--country is {country!r}; it must be the two letters of a country, such as FI")
    if country is not None and wifi is None:
        raise FlashingError("--country says whose Wi-Fi channels may be used; give --wifi with it, or leave it out")
    if ntp is not None and not re.fullmatch("[A-Za-z0-9.:-]{1,253}", ntp):
        raise FlashingError(f"--ntp is {ntp!r}; it must be the name or address of a time server, such as time.mikes.fi")


def _pem(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise FlashingError(f"{path} is not a certificate in PEM that this user can read") from None


def _hidden(variable: str, question: str, default: str | None = None) -> str:
    given = os.environ.get(variable)
    if given is not None:
        return given
    return str(typer.prompt(question, hide_input=True, default=default, show_default=False))


def put(
    port: str,
    config: dict[str, Any],
    engine: Engine,
    console: Console,
    *,
    simulated: bool,
    wait_s: float,
    another_kiosk: bool = False,
) -> Report:
    """Flash the board at ``port`` and wait ``wait_s`` for its birth. Raises FlashError or FlashingError.

    ``another_kiosk``: a board that is another kiosk may lose that one's journal and settings.
    """
    kiosk = config["kiosk"]
    _check_registered(engine, kiosk)
    if not registry.verify_secret(engine, kiosk, config["secret"]):
        raise FlashingError(f"that is not the secret of kiosk {kiosk}; `hymio kiosk add` printed it once")
    with console.status("Compiling the firmware …"):
        image = build_image(ROOT, for_computer=simulated)
    before: list[int | None] = []
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"Writing version {image.version}", total=None)

        def show(done: int, total: int, path: str) -> None:
            progress.update(task, completed=done, total=total)

        def wait(timeout_s: float) -> bool:
            progress.add_task("Waiting for the kiosk's birth", total=None)
            return wait_for_birth(engine, kiosk, before[0], timeout_s)

        platforms = (SIMULATED,) if simulated else PLATFORMS
        return flash(
            port,
            image,
            config,
            show,
            wait if wait_s else None,
            another_kiosk=another_kiosk,
            settled=lambda kiosk, journal: mark_of(engine, kiosk, journal),
            before_restart=lambda: before.append(session_of(engine, kiosk)),
            birth_timeout_s=wait_s,
            platforms=platforms,
        )


def _check_registered(engine: Engine, kiosk: str) -> None:
    table = Kiosk.__table__  # type: ignore[attr-defined]
    with engine.connect() as connection:
        row = connection.execute(select(table.c.retired_utc_ms).where(table.c.name == kiosk)).first()
    if row is None:
        raise FlashingError(f"there is no kiosk {kiosk} in the store; add it with: hymio kiosk add {kiosk} --point …")
    if row[0] is not None:
        raise FlashingError(f"kiosk {kiosk} is retired, and its name is not used again; add another kiosk")


def session_of(engine: Engine, kiosk: str) -> int | None:
    """The session number of the kiosk's last birth, None before the first."""
    with engine.connect() as connection:
        return connection.execute(select(kiosk_state.c.session).where(kiosk_state.c.kiosk == kiosk)).scalar()


def mark_of(engine: Engine, kiosk: str, journal: str) -> int:
    """The seq up to which the store has settled a journal's taps; 0 where it knows none."""
    table = journal_mark
    asked = select(table.c.mark).where(table.c.kiosk == kiosk, table.c.journal == journal)
    with engine.connect() as connection:
        return connection.execute(asked).scalar() or 0


def wait_for_birth(engine: Engine, kiosk: str, before: int | None, timeout_s: float) -> bool:
    """Whether a birth with another session number than ``before`` reached the store in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if session_of(engine, kiosk) != before:
            return True
        time.sleep(_LOOK_S)
    return False
