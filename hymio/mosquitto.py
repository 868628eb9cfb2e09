"""A whole configuration for Mosquitto 2: what `hymio broker config` writes into a folder.

    mosquitto.conf   everything Mosquitto needs to know
    acl              who may say and hear what: by the wire's topics, nothing by hand
    accounts         the password file; collector/registration/accounts.py keeps it in step from then on
    ca.pem, ca.key, server.pem, server.key   unless a certificate is given; ca.pem is what kiosks get
    collector-1.env  the settings of the collector, with its password; one a collector, readable by its owner only

Writing it again changes what has to change and keeps the rest: passwords, the authority, accounts.
"""

import contextlib
import datetime
import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from collector.registration import guests, registry
from collector.registration.accounts import Accounts
from hymio import authority
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
    """What was done: names of files that are new or changed, and of collectors that got an account."""

    changed: list[str]
    collectors: list[str]


def write(engine: Engine, site: Site, now: datetime.datetime) -> Written:
    """Writes the configuration. Raises what registry and accounts raise (collector.registration), AuthorityError, and
    OSError."""
    folder = _make_folder(site)
    changed: list[str] = []
    certificates = _certificates(site, folder, now, changed)
    names = [f"collector-{n + 1}" for n in range(site.collectors)]
    added = []
    for name in names:
        password = registry.add_collector(engine, name, site.renew)
        if password is not None:
            _put(folder / f"{name}.env", "".join(_environment(site, folder, name, password, certificates)), 0o600)
            added.append(name)
            changed.append(f"{name}.env")
    for file, text in (
        ("mosquitto.conf", "".join(_configuration(site, folder, certificates))),
        ("acl", "".join(_rules(names))),
    ):
        if not (folder / file).exists() or (folder / file).read_text() != text:
            _put(folder / file, text, 0o640)
            changed.append(file)
    if Accounts(engine, folder / "accounts", _process_file(folder)).write():
        changed.append("accounts")
    return Written(changed, added)


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
    for name in written.collectors:
        yield f"{name}.env holds the settings of {name}, with its password: start `hymio serve` with them"
    if written.collectors:
        yield f"Mosquitto is started with: mosquitto -c {site.folder / 'mosquitto.conf'}"
        if not site.plain and site.ca is None:
            yield f"Kiosks get the authority with: hymio flash ... --ca {site.folder / 'ca.pem'}"
    if not _is_shared(site):
        yield f"Mosquitto, as {site.user}, may not read it: `install -d -g {site.user} -m 2770 {site.folder}` as root,"
        yield "and then this command once more, in a folder without its old files"
    for kiosk in unreadable:
        yield f"kiosk {kiosk} has a secret that Mosquitto cannot check: `hymio kiosk renew {kiosk}`, then flash it"


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


def _environment(
    site: Site, folder: Path, name: str, password: str, certificates: authority.Certificates | None
) -> Iterable[str]:
    yield f"HYMIO_BROKER_HOST={site.host}\nHYMIO_BROKER_PORT={site.port}\n"
    yield f"HYMIO_BROKER_USER={name}\nHYMIO_BROKER_PASSWORD={password}\n"
    if certificates is not None:
        yield f"HYMIO_BROKER_TLS=true\nHYMIO_BROKER_CA={certificates.ca}\n"
    if site.collectors > 1:
        yield "HYMIO_BROKER_SHARE=hymio\n"
    yield f"HYMIO_BROKER_ACCOUNTS={folder / 'accounts'}\nHYMIO_BROKER_PID={folder / 'mosquitto.pid'}\n"


def _put(path: Path, text: str, mode: int) -> None:
    """Whole or not at all, and never readable by more than ``mode`` says."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w") as out:
        out.write(text)
    os.replace(new, path)
