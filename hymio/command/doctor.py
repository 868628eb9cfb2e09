"""``hymio doctor``: the running site, examined by experiment."""

import json
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from collector.database.store import StoreError, open_store
from hymio import service
from hymio.command.terminal import complain, plainly, say
from hymio.doctor import examination, plain
from hymio.doctor.finding import Finding, Verdict
from hymio.settings import Settings, load

_STYLE = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.BAD: "bold red"}


def doctor(
    accounts: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="For a broker whose accounts you keep: three lines NAME:SECRET, see docs/doctor.md."
        ),
    ] = None,
    time_server: Annotated[
        str | None, typer.Option(help="Ask this time server, HOST or HOST:PORT. Not given: none is asked.")
    ] = None,
    plain_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where a forgotten plain listener may be.")
    ] = plain.PLAIN_PORT,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list instead of lines.")] = False,
) -> None:
    """Try broker, rights, Will, limits, clock, disk and more, and say what to do. Ends with 1 where anything is bad."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the guests' accounts go whatever ends us
    with plainly():
        settings = load()
        given = None if accounts is None else examination.read_accounts(accounts)
        wishes = examination.Wishes(time_server, given, plain_port)
        found = list(_examine(settings, wishes, quiet=as_json))
        if as_json:
            rows = [{"check": c, "verdict": f.verdict.value, "seen": f.seen, "todo": f.todo} for c, f in found]
            print(json.dumps(rows, indent=1))
        else:
            _sum_up([finding for _, finding in found])
        if any(finding.verdict is Verdict.BAD for _, finding in found):
            raise typer.Exit(1)


def _examine(settings: Settings, wishes: examination.Wishes, *, quiet: bool) -> list[tuple[str, Finding]]:
    try:
        engine = open_store(settings.database)
    except (StoreError, OSError) as error:
        raise service.ServiceError(f"database: {error}") from None
    found = []
    try:
        with complain.status("looking") as status:
            for name, findings in examination.examine(settings, engine, datetime.now(UTC), wishes):
                status.update(f"trying: {name}")
                for finding in findings:
                    found.append((name, finding))
                    if not quiet:
                        _show(name, finding)
    finally:
        engine.dispose()
    return found


def _show(check: str, finding: Finding) -> None:
    style = _STYLE[finding.verdict]
    say.print(f"[{style}]{finding.verdict.value:5}[/]{check:12}", end="", highlight=False)
    say.print(finding.seen, highlight=False, markup=False, soft_wrap=True)
    if finding.todo:
        say.print(f"{'':17}→ {finding.todo}", highlight=False, markup=False, soft_wrap=True)


def _sum_up(findings: list[Finding]) -> None:
    count = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    say.print(
        f"{count[Verdict.OK]} fine, {count[Verdict.WARN]} not as they should be, {count[Verdict.BAD]} bad",
        highlight=False,
    )
