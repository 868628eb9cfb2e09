"""``hymio demo``: registers made-up places once, writes their history once, then runs the product."""

import fcntl
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fastapi import FastAPI
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from collector.intake.ingest import Ingest
from dashboard.rendering import Link
from firmware.tools.simulated_kiosk import SimulatedKiosk, interpreter
from hymio import service
from hymio.demo import history, places, virtual_kiosk
from hymio.demo.places import PLACES
from hymio.demo.visitors import Visitors
from hymio.settings import Settings

LOOPBACK = "127.0.0.1"
_DAY_MS = 86_400_000


def run(port: int, folder: Path, *, visitors: bool, console: Console) -> None:
    """Run the demo on ``port`` until interrupted, its data in ``folder``. Raises ServiceError."""
    listener = service.listen(LOOPBACK, port, "--port, or make demo PORT=…")
    settings = Settings(
        database=f"sqlite:///{folder / 'hymio.sqlite'}",
        http_port=port,
        embedded_host=LOOPBACK,
        embedded_port=_free_port(),
        update_key=folder / "update.key",
    )
    with ExitStack() as stack:
        stack.enter_context(listener)
        stack.enter_context(_claimed(folder))
        secrets = _prepared(settings, folder, console)
        engine = stack.enter_context(service.store(settings))
        running = stack.enter_context(service.start(engine, settings))
        kiosks = _kiosks(folder, settings.embedded_port, secrets)
        with console.status("Switching on five kiosks …"):
            for kiosk in kiosks.values():
                stack.callback(kiosk.stop)
                kiosk.start()
        if visitors:
            crowd = Visitors([(place, kiosks[place.kiosk]) for place in PLACES])
            stack.callback(crowd.stop)
            crowd.start()
        app = application(running, kiosks)
        service.run_web(app, listener, running, lambda: _welcome(console, port))
        console.print("\nStopping …")


def application(running: service.Running, kiosks: dict[str, SimulatedKiosk]) -> FastAPI:
    """The product's web application with the virtual kiosks beside it."""
    labels = {"fi": "Virtuaaliset kioskit", "sv": "Virtuella kiosker", "en": "Virtual kiosks"}
    app = service.application(
        running, demo=True, navigation=[Link(labels, "/demo/kiosks")], kiosk_link=virtual_kiosk.address
    )
    virtual_kiosk.add_to(app, running.engine, kiosks)
    return app


def _prepared(settings: Settings, folder: Path, console: Console) -> dict[str, str]:
    """The kiosks' secrets; on the first run, after making places and history. An interrupted first run begins anew."""
    kept = folder / "secrets.json"
    if kept.exists():
        secrets: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
        return secrets
    for stale in folder.glob("hymio.sqlite*"):
        stale.unlink()
    with service.store(settings) as engine:
        now = service.utc_now_ms()
        secrets = places.register(engine, now - (history.DAYS + 1) * _DAY_MS)
        _write_history(engine, now, console)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(secrets), encoding="utf-8")
    return secrets


def _write_history(engine: Engine, now: int, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Sixty days of made-up history", total=None)
        ingest = Ingest(engine, service.utc_now_ms)
        taps = history.write(ingest, now, lambda done, whole: progress.update(task, completed=done, total=whole))
    console.print(f"{taps} taps, through the same ingest as live ones.", highlight=False)


def _kiosks(folder: Path, broker_port: int, secrets: dict[str, str]) -> dict[str, SimulatedKiosk]:
    command = interpreter()
    flashes = folder / "kiosks"
    return {
        kiosk: SimulatedKiosk(
            flashes,
            {"kiosk": kiosk, "secret": secret, "host": LOOPBACK, "port": broker_port, "tls": False, "ca": None},
            command,
            watchdog=True,
        )
        for kiosk, secret in secrets.items()
    }


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """The folder is this demo's alone. Raises ServiceError when it cannot be written or another demo has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "in-use").open("w")
    except OSError as error:
        raise service.ServiceError(f"the folder {folder} cannot be used ({error.strerror}); give another") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise service.ServiceError(f"another demo runs in {folder}; stop it, or give --folder another") from None
        yield


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _welcome(console: Console, port: int) -> None:
    console.print(f"\nhymio is ready: [bold]http://{LOOPBACK}:{port}/[/bold]", highlight=False)
    console.print(f"Press a face:   [bold]http://{LOOPBACK}:{port}/demo/kiosks[/bold]", highlight=False)
    console.print("Ctrl-C stops it; starting it again goes on with the same data.\n", style="dim")
