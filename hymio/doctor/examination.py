"""All checks in a row, on the site that the settings name."""

import datetime
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from collector.connection.frames import BrokerAddress
from collector.database.address import holds_secret
from collector.registration import guests
from collector.registration.accounts import AccountsError
from collector.registration.guests import Guest, Guests
from hymio import service
from hymio.doctor import (
    accounts,
    acl,
    broker,
    certificate,
    clock,
    copies,
    database,
    disk,
    fsync,
    limits,
    permissions,
    plain,
    readiness,
    will,
)
from hymio.doctor.bed import Bed
from hymio.doctor.finding import Finding, Verdict, bad, warn
from hymio.doctor.line import LineError
from hymio.settings import CONFIG_VARIABLE, DEFAULT_FILE, Settings

NAMES = (
    "database", "disk", "backup", "fsync", "clock", "service", "permissions", "certificate", "plain", "broker", "acl",
    "will", "limits", "accounts",
)  # fmt: skip

_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class Wishes:
    """``time_server``: asked for the time; ``given``: accounts of a broker whose accounts hymio does not keep;
    ``plain_port``: tried for plain text; ``queue``: how many messages must wait for a busy collector."""

    time_server: str | None = None
    given: Guests | None = None
    plain_port: int = plain.PLAIN_PORT
    queue: int = limits.QUEUE


Step = tuple[str, Iterator[Finding]]
"""A check's name, and its findings as they come."""


def examine(settings: Settings, engine: Engine, now: datetime.datetime, wishes: Wishes) -> Iterator[Step]:
    """The findings of a step are to be taken before the next step is asked for. Raises nothing of what is wrong."""
    fit: list[bool] = []
    yield "database", _noting(_tried(lambda: database.check(engine)), fit)
    if not all(fit):
        return
    folder = _folder(settings)
    if folder is not None:
        yield "disk", _tried(lambda: disk.check(folder))
    yield "backup", _tried(lambda: copies.check(engine, int(now.timestamp() * 1000)))
    kind = "" if folder is None else disk.filesystem_of(folder)
    commits = guests.write_and_forget(engine)
    yield "fsync", _tried(lambda: fsync.check(lambda: next(commits), kind))
    yield "clock", _tried(lambda: clock.check(engine, wishes.time_server))
    host = _LOOPBACK_OF.get(settings.http_host, settings.http_host)
    yield "service", readiness.check(host, settings.http_port)
    yield "permissions", _tried(lambda: permissions.check(files(settings)))
    address = address_of(settings)
    yield "certificate", _tried(lambda: certificate.check(address, now))
    yield "plain", _tried(lambda: plain.check(address, wishes.plain_port))
    yield from _broker(settings, engine, address, wishes)


def _broker(settings: Settings, engine: Engine, address: BrokerAddress, wishes: Wishes) -> Iterator[Step]:
    embedded = settings.broker_host is None
    keeps = wishes.given is None and (embedded or settings.broker_accounts is not None)
    if wishes.given is None and not keeps:
        yield "broker", iter([_without_accounts()])
        return
    with ExitStack() as stack:
        try:
            bed = stack.enter_context(_beds(settings, engine, address, wishes.given))
        except (AccountsError, SQLAlchemyError) as fault:
            yield "broker", iter([_without_guests(fault)])
            return
        yield "broker", _tried(lambda: broker.check(bed))
        if not broker.reaches(bed):
            yield "acl", iter([_not_let_in()])
            return
        yield "acl", _tried(lambda: acl.check(bed))
        yield "will", _tried(lambda: will.check(bed))
        yield "limits", _tried(lambda: limits.check(bed, share=settings.broker_share, queue=wishes.queue))
        if keeps:
            yield "accounts", _tried(lambda: accounts.check(bed, lambda name: _end(settings, engine, name)))


@contextmanager
def _beds(settings: Settings, engine: Engine, address: BrokerAddress, given: Guests | None) -> Iterator[Bed]:
    embedded = settings.broker_host is None
    if given is not None:
        yield Bed(address, given, embedded, False)
        return
    try:
        invited = guests.invite(engine)
        service.keep_accounts(engine, settings)
        bed = Bed(address, invited, embedded, True)
        _await_accounts(bed)
        yield bed
    finally:
        guests.dismiss(engine)
        service.keep_accounts(engine, settings)


def _await_accounts(bed: Bed) -> None:
    """A broker reads its accounts again within a second; what it is like then is for the checks to say."""
    for _ in range(20):
        try:
            with bed.line(bed.guests.watcher) as line:
                if line.open:
                    return
                line.wait(lambda: False, 0.1)
        except LineError:
            return


def _end(settings: Settings, engine: Engine, name: str) -> None:
    guests.dismiss(engine, name)
    service.keep_accounts(engine, settings)


def _without_accounts() -> Finding:
    todo = (
        "make two kiosks' accounts and a collector's there, and name a file with them: `hymio doctor --accounts FILE`"
    )
    return warn("nothing was tried on the broker: its accounts are not kept by hymio (broker_accounts)", todo)


def _without_guests(fault: Exception) -> Finding:
    return bad(f"nothing was tried on the broker, since no guests could be invited: {_first_line(fault)}", _MEND)


def _not_let_in() -> Finding:
    todo = "mend what was found above, or write the configuration again (`hymio broker config`) and restart the broker"
    return bad("rights, Will and limits were not tried: the broker does not let the guests in", todo)


def _tried(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except (SQLAlchemyError, OSError, LineError, AccountsError) as fault:
        yield bad(f"it could not be tried: {_first_line(fault)}", _MEND)


_MEND = "mend that, then look again"


def _first_line(fault: Exception) -> str:
    why = getattr(fault, "orig", None) or fault
    return (str(why).splitlines() or [type(why).__name__])[0]


def _noting(findings: Iterator[Finding], fit: list[bool]) -> Iterator[Finding]:
    for finding in findings:
        fit.append(finding.verdict is not Verdict.BAD)
        yield finding


def address_of(settings: Settings) -> BrokerAddress:
    """Where the broker is, without an account."""
    if settings.broker_host is None:
        host = _LOOPBACK_OF.get(settings.embedded_host, settings.embedded_host)
        pinned = settings.embedded_certificate
        tls, path = pinned is not None, None if pinned is None else str(pinned)
        return BrokerAddress(host, settings.embedded_port, "", "", mqtt5=False, tls=tls, pinned=path)
    ca = None if settings.broker_ca is None else str(settings.broker_ca)
    return BrokerAddress(
        settings.broker_host, settings.broker_port, "", "", mqtt5=settings.broker_mqtt5, tls=settings.broker_tls, ca=ca
    )


def _folder(settings: Settings) -> Path | None:
    """Where SQLite's file is; None for a database on a server, which has a disk of its own."""
    address = make_url(settings.database)
    if address.get_backend_name() != "sqlite" or not address.database:
        return None
    return Path(address.database).resolve().parent


def files(settings: Settings) -> dict[Path, int]:
    """Files that hold secrets, and the rights they should have at most."""
    found = {settings.update_key: permissions.OWNER}
    address = make_url(settings.database)
    if address.get_backend_name() == "sqlite" and address.database:
        found[Path(address.database)] = permissions.OWNER
    if settings.embedded_key is not None:
        found[settings.embedded_key] = permissions.GROUP
    if settings.broker_password is not None or holds_secret(address):
        found[Path(os.environ.get(CONFIG_VARIABLE, DEFAULT_FILE))] = permissions.GROUP
    if settings.broker_accounts is not None:
        folder = settings.broker_accounts.parent
        found |= {settings.broker_accounts: permissions.GROUP, folder / "ca.key": permissions.OWNER}
        found |= {folder / "server.key": permissions.GROUP}
        found |= dict.fromkeys(sorted(folder.glob("collector-*.env")), permissions.OWNER)
    return found


def read_accounts(file: Path) -> Guests:
    """Three lines NAME:SECRET: two kiosks' and a collector's. Raises ServiceError."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as fault:
        raise service.ServiceError(f"{file} cannot be read: {getattr(fault, 'strerror', None) or fault}") from None
    pairs = [line.partition(":") for line in lines]
    if len(pairs) != 3 or not all(name and secret for name, _, secret in pairs):
        raise service.ServiceError(f"{file} must have three lines NAME:SECRET: two kiosks' and a collector's")
    return Guests(*(Guest(name, secret) for name, _, secret in pairs))
