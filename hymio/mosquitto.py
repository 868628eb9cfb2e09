"""A whole configuration for Mosquitto 2: what `hymio broker config` writes into a folder.

    mosquitto.conf   everything Mosquitto needs to know
    acl              who may say and hear what: by the wire's topics, nothing by hand
    accounts         the password file; collector/registration/accounts.py keeps it in step from then on
    ca.pem, ca.key, server.pem, server.key   unless a certificate is given; ca.pem is what kiosks get
    collector-1.env  the settings of the collector, with its password; one a collector, readable by its owner only

Writing it again changes what has to change and keeps the rest: passwords, the authority, accounts, and of a collector's
settings every line that is not about the broker.
"""

import contextlib
import datetime
import os
import pwd
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from collector.database.address import shown
from collector.registration import guests, registry
from collector.registration.accounts import Accounts, Login, NotToldError, StrangeStoreError, knows
from hymio import authority, environment
from wire import topic
from wire.messages import MAX_MESSAGE

MAX_PACKET = 2 * MAX_MESSAGE  # bytes: a whole message with its topic, properties and header
COLLECTOR_QUEUE = 200_000  # messages that wait for a collector that is busy; MAX_MESSAGE each at worst
COLLECTOR_QUEUE_BYTES = 64 << 20
WINDOW = 2000  # collector.connection.receiver.WINDOW


@dataclass(frozen=True)
class Site:
    """What Mosquitto is to serve. ``certificate``, ``key`` and ``ca`` come from elsewhere, or all three are None."""

    folder: Path
    host: str
    port: int
    collectors: int
    user: str
    plain: bool = False
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    renew: bool = False  # the collectors' passwords


@dataclass(frozen=True)
class Written:
    """What was done: names of files that are new or changed, and of collectors that got an account or a password.

    ``again``: collectors whose settings changed, and which have read the old ones; ``absent``: whose settings are not
    in the folder; ``without_rights``: whose settings are, though fewer collectors were asked for. ``left``: sentences
    on what this user may not do.
    """

    changed: list[str] = field(default_factory=list)
    collectors: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    without_rights: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def write(engine: Engine, site: Site, now: datetime.datetime) -> Written:
    """Writes the configuration. Raises what registry and accounts raise (collector.registration), AuthorityError, and
    OSError."""
    folder = _make_folder(site)
    names = [f"collector-{n + 1}" for n in range(site.collectors)]
    for name in names:
        _must_be_known(engine, site, folder / f"{name}.env", name)
    written = Written()
    changed = written.changed
    certificates = _certificates(site, folder, now, changed)
    for name in names:
        _write_settings(engine, site, folder, name, certificates, written)
    for file, text in (
        ("mosquitto.conf", "".join(_configuration(site, folder, certificates))),
        ("acl", "".join(_rules(names))),
    ):
        if not (folder / file).exists() or (folder / file).read_text() != text:
            _put(folder / file, text, 0o640)
            changed.append(file)
    try:
        if Accounts(engine, folder / "accounts", _process_file(folder)).write():
            changed.append("accounts")
    except NotToldError as left:  # which is raised of a changed file alone
        changed.append("accounts")
        written.left.append(str(left))
    written.without_rights.extend(sorted({file.stem for file in folder.glob("collector-*.env")} - set(names)))
    return written


def _must_be_known(engine: Engine, site: Site, file: Path, name: str) -> None:
    """The store whose kiosks the broker lets in has the account that ``file`` holds. Raises StrangeStoreError."""
    password = environment.values(file.read_text()).get(_PASSWORD) if file.exists() else None
    if password is None:
        return
    known, where = knows(engine, Login(name, password)), shown(engine.url)
    if known is None:
        raise StrangeStoreError(
            f"nothing was written: {file} is there, and {where} has no account {name}, so it is another store than the "
            "one whose kiosks this broker lets in; take the folder and HYMIO_CONFIG that the service has, or move that "
            "file away to begin anew with this store"
        )
    if not known and not site.renew:
        raise StrangeStoreError(
            f"nothing was written: {file} holds another password for {name} than {where} has; take the folder and "
            "HYMIO_CONFIG that the service has, or have --renew write another password"
        )


def _write_settings(
    engine: Engine,
    site: Site,
    folder: Path,
    name: str,
    certificates: authority.Certificates | None,
    written: Written,
) -> None:
    file = folder / f"{name}.env"
    password = registry.add_collector(engine, name, site.renew)
    if password is not None:
        written.collectors.append(name)
    wanted = _environment(site, folder, name, password, certificates)
    if not file.exists():
        if password is None:
            written.absent.append(name)
        else:
            _put(file, environment.updated("", wanted), 0o600)
            written.changed.append(file.name)
        return
    was = file.read_text()
    there = environment.values(was)
    becomes = environment.updated(was, {key: wanted[key] for key in wanted if key in there or key not in _LEFT_OUT})
    if becomes != was:
        _put_in_place(file, becomes)
        written.changed.append(file.name)
        written.again.append(name)


_SHARED = 0o2770  # Mosquitto writes its process id there, and reads by its group what others must not


def told(site: Site, written: Written, unreadable: list[str]) -> Iterable[str]:
    """What the terminal says of it. ``unreadable``: kiosks whose secret Mosquitto cannot check."""
    if not written.changed:
        yield f"{site.folder} is as it should be; nothing was changed"
    else:
        yield f"{site.folder}: {', '.join(written.changed)} written"
    process_file = _process_file(site.folder)
    if process_file is not None and not {"mosquitto.conf", "acl", "server.pem"}.isdisjoint(written.changed):
        yield "Mosquitto goes on with what it read before: `systemctl reload hymio-mosquitto`, or"
        yield f"`kill -HUP $(cat {process_file})`; another port or --plain needs a restart"
    yield from written.left
    for name in written.collectors:
        command = "hymio serve" if name == "collector-1" else "hymio collect"
        yield f"{name}.env holds the settings of {name}, with its password: start `{command}` with them"
    yield from _told_of_settings(site, written)
    if written.collectors:
        yield f"Mosquitto is started with: mosquitto -c {site.folder / 'mosquitto.conf'}"
        if not site.plain and site.ca is None:
            yield f"Kiosks get the authority with: hymio flash ... --ca {site.folder / 'ca.pem'}"
    if not _is_shared(site):
        yield f"Mosquitto, as {site.user}, may not read it: `install -d -g {site.user} -m 2770 {site.folder}` as root,"
        yield "and then this command once more, in a folder without its old files"
    for kiosk in unreadable:
        yield f"kiosk {kiosk} has a secret that Mosquitto cannot check: `hymio kiosk renew {kiosk}`, then flash it"


def _told_of_settings(site: Site, written: Written) -> Iterable[str]:
    for name in written.again:
        unit = "hymio" if name == "collector-1" else f"hymio-{name.replace('-', '@')}"
        yield f"{name} goes on with the settings it read before: restart it (`systemctl restart {unit}`)"
    for name in written.absent:
        yield f"{name}.env is not in this folder and was not looked at: where it is, it must say of the broker what"
        yield "another collector's says, but for user and password; --renew writes one, with another password"
    for name in written.without_rights:
        yield f"{name} has no rights at the broker any more: `--collectors {name.rpartition('-')[2]}` gives them back"


def _make_folder(site: Site) -> Path:
    """The folder, of the group that Mosquitto runs as, which new files in it get as well."""
    site.folder.mkdir(parents=True, exist_ok=True)
    folder = site.folder.resolve()
    if not _is_shared(site):
        with contextlib.suppress(LookupError, PermissionError):
            os.chown(folder, -1, pwd.getpwnam(site.user).pw_gid)
            folder.chmod(_SHARED)
    return folder


def _is_shared(site: Site) -> bool:
    """Whether what is written into the folder belongs to Mosquitto's group. Who is not in it cannot make that so."""
    try:
        group = pwd.getpwnam(site.user).pw_gid
    except LookupError:
        return True  # it runs elsewhere
    there = site.folder.stat()
    return there.st_gid == group and stat.S_IMODE(there.st_mode) == _SHARED


def _process_file(folder: Path) -> Path | None:
    file = folder / "mosquitto.pid"
    return file if file.exists() else None


def _certificates(
    site: Site, folder: Path, now: datetime.datetime, changed: list[str]
) -> authority.Certificates | None:
    if site.plain:
        return None
    if site.certificate is not None and site.key is not None and site.ca is not None:
        return authority.Certificates(site.ca.resolve(), site.certificate.resolve(), site.key.resolve())
    made, new = authority.ensure(folder, site.host, now)
    if new:
        changed.append(made.certificate.name)
    return made


def _configuration(site: Site, folder: Path, certificates: authority.Certificates | None) -> Iterable[str]:
    yield "# Written by `hymio broker config`; written again it takes no change made here by hand.\n\n"
    yield f"pid_file {folder / 'mosquitto.pid'}\n"
    yield f"user {site.user}\nper_listener_settings false\n"
    yield f"listener {site.port}\n"
    if certificates is not None:
        yield f"cafile {certificates.ca}\ncertfile {certificates.certificate}\nkeyfile {certificates.key}\n"
        yield "tls_version tlsv1.2\n"
    yield "\n# Who comes says who speaks: the account is the client id, and the name in every topic.\n"
    yield "allow_anonymous false\nallow_zero_length_clientid false\nuse_username_as_clientid true\n"
    yield f"password_file {folder / 'accounts'}\nacl_file {folder / 'acl'}\n"
    yield "\n# Nothing is lost with a broker that forgets: kiosks keep every tap until it is stored.\n"
    yield "persistence false\nretain_available true\npersistent_client_expiration 1d\n"
    yield "\n# No kiosk says more than this at once. A collector may be away or busy for a while.\n"
    yield f"max_packet_size {MAX_PACKET}\nmax_keepalive 300\n"
    yield f"max_inflight_messages {WINDOW}\n"
    yield f"max_queued_messages {COLLECTOR_QUEUE}\nmax_queued_bytes {COLLECTOR_QUEUE_BYTES}\n"
    yield "\n# An answer goes out at once, not 40 ms later.\n"
    yield "set_tcp_nodelay true\n"
    yield "\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\nconnection_messages true\n"


def _rules(collectors: Iterable[str]) -> Iterable[str]:
    yield "# Written by `hymio broker config`. A kiosk (%u is its account) has its own topics and no others.\n\n"
    yield from (f"pattern write {topic.of('%u', leaf)}\n" for leaf in topic.FROM_KIOSK)
    yield from (f"pattern read {topic.of('%u', leaf)}\n" for leaf in topic.TO_KIOSK)
    for name in (*collectors, guests.WATCHER):
        yield f"\nuser {name}\n"
        yield from (f"topic read {topic.of('+', leaf)}\n" for leaf in topic.FROM_KIOSK)
        yield from (f"topic write {topic.of('+', leaf)}\n" for leaf in topic.TO_KIOSK)


_PASSWORD = "HYMIO_BROKER_PASSWORD"
_LEFT_OUT = ("HYMIO_BROKER_ACCOUNTS", "HYMIO_BROKER_PID")
"""What somebody may have taken out of a collector's settings for good: another, or the system, does that."""


def _environment(
    site: Site, folder: Path, name: str, password: str | None, certificates: authority.Certificates | None
) -> Mapping[str, str | None]:
    """None: there is no such line. The password is left out where it stays."""
    return {
        "HYMIO_BROKER_HOST": site.host,
        "HYMIO_BROKER_PORT": str(site.port),
        "HYMIO_BROKER_USER": name,
        **({} if password is None else {_PASSWORD: password}),
        "HYMIO_BROKER_TLS": None if certificates is None else "true",
        "HYMIO_BROKER_CA": None if certificates is None else str(certificates.ca),
        "HYMIO_BROKER_SHARE": "hymio" if site.collectors > 1 else None,
        "HYMIO_BROKER_ACCOUNTS": str(folder / "accounts"),
        "HYMIO_BROKER_PID": str(folder / "mosquitto.pid"),
    }


def _put_in_place(path: Path, text: str) -> None:
    """As ``_put``, of a file that is there and keeps its owner and rights."""
    there = path.stat()

    def as_it_was(new: Path) -> None:
        if (there.st_uid, there.st_gid) != (new.stat().st_uid, new.stat().st_gid):
            os.chown(new, there.st_uid, there.st_gid)
        new.chmod(stat.S_IMODE(there.st_mode))

    _put(path, text, 0o600, as_it_was)


def _put(path: Path, text: str, mode: int, finish: Callable[[Path], None] = lambda new: None) -> None:
    """Whole or not at all, and never readable by more than ``mode`` says before ``finish``."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w") as out:
        out.write(text)
    finish(new)
    os.replace(new, path)
