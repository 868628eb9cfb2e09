"""Who may come to a Mosquitto: its password file, kept in step with the registry while it runs.

The file is replaced whole, and Mosquitto reads it again when it gets SIGHUP: it then also drops whoever is connected
and in it no more. The signal is sent here where the file with Mosquitto's process id is known; otherwise whoever
watches the password file sends it (deploy/ has a unit for that).

A store that does not know who writes the file is not the one whose kiosks are in it: an empty one, another site's, or
one of before. From such a store nothing is written, since that would put every kiosk out.
"""

import contextlib
import logging
import os
import signal
import tempfile
import threading
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from collector.database import store
from collector.database.address import shown
from collector.database.tables import CollectorAccount, Kiosk
from collector.registration import credential

log = logging.getLogger("hymio.collector")

LOOK_S = 1.0
MODE = 0o640  # Mosquitto reads it by its group

_kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]
_collector: Any = CollectorAccount.__table__  # type: ignore[attr-defined]


class AccountsError(Exception):
    """The accounts cannot be written. One sentence: what is in the way and what to do."""


class NotToldError(AccountsError):
    """The accounts are written, and this process may not have Mosquitto read them again: another one has to."""


class StrangeStoreError(AccountsError):
    """The store is not the one whose accounts these are."""


class Login(NamedTuple):
    """An account and its password."""

    name: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.name})"


def knows(engine: Engine, own: Login) -> bool | None:
    """Whether the store has a collector's account under that password; None: it has no such account."""
    mine = select(_collector.c.secret_hash).where(_collector.c.name == own.name)
    with store.reading(engine) as connection:
        kept = connection.execute(mine).scalar()
    return None if kept is None else credential.matches(own.password, kept)


class Accounts:
    """``file`` is Mosquitto's password_file; ``process_file`` its pid_file, None: somebody else sends the signal.

    ``own``: the account with which the writer itself comes to Mosquitto; None: it does not.
    """

    def __init__(self, engine: Engine, file: Path, process_file: Path | None, own: Login | None = None) -> None:
        self._engine, self._file, self._process_file, self._own = engine, file, process_file, own
        self.refusal: str | None = None  # why nothing may be written from this store, as of the last look
        self._said = ""
        self._told = self._which()  # the file that Mosquitto has read, for all we know
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look, name="hymio-accounts", daemon=True)

    def write(self) -> bool:
        """Brings the file into step, and Mosquitto with it; True where the file was not. Raises AccountsError, which is
        NotToldError where all is done but the telling, or what the database raises.

        What could not be told is told the next time, and so is what somebody else wrote: a command that may write the
        file and not signal Mosquitto.
        """
        self.check()
        wanted = "".join(f"{name}:{kept}\n" for name, kept in self._entitled()).encode()
        try:
            changed = not self._file.exists() or self._file.read_bytes() != wanted
            if changed:
                _replace(self._file, wanted)
        except OSError as fault:
            raise AccountsError(
                f"{self._file} cannot be written ({fault.strerror}); give this user the right to"
            ) from None
        there = self._which()
        if there != self._told:
            self._tell()
            self._told = there
        return changed

    def check(self) -> None:
        """Raises StrangeStoreError where nothing may be written from this store."""
        self.refusal = None if self._own is None else self._refused(self._own)
        if self.refusal is not None:
            raise StrangeStoreError(self.refusal)

    def start(self) -> None:
        """Looks once a second whether the registry has changed."""
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()

    def _refused(self, own: Login) -> str | None:
        known = knows(self._engine, own)
        left = f"{self._file} is left as it is: {shown(self._engine.url)}"
        if known is None:
            return (
                f"{left} has no account {own.name}, with which this hymio comes to the broker, so it is another store "
                "than the one whose kiosks these are; take the folder and HYMIO_CONFIG that the service has, or give a "
                "new store its accounts with `hymio broker config`"
            )
        if not known:
            return (
                f"{left} has another password for {own.name} than this hymio was given; start it with the "
                f"{own.name}.env that `hymio broker config` wrote last, or have a new one written with --renew"
            )
        return None

    def _entitled(self) -> list[tuple[str, str]]:
        kiosks = select(_kiosk.c.name, _kiosk.c.secret_hash).where(_kiosk.c.retired_utc_ms.is_(None))
        with store.reading(self._engine) as connection:
            found = [(name, kept) for name, kept in connection.execute(kiosks) if credential.for_brokers(kept)]
            found += [tuple(row) for row in connection.execute(select(_collector.c.name, _collector.c.secret_hash))]
        return sorted(found)

    def _which(self) -> tuple[int, int] | None:
        """What another file in its place has otherwise."""
        try:
            there = self._file.stat()
        except OSError:
            return None
        return there.st_ino, there.st_mtime_ns

    def _tell(self) -> None:
        if self._process_file is None:
            return
        try:
            process = int(self._process_file.read_text())
            if _is_mosquitto(process):
                os.kill(process, signal.SIGHUP)
        except (FileNotFoundError, ProcessLookupError):
            return  # it is not running, and will read the file when it starts
        except PermissionError as fault:
            raise NotToldError(
                f"this user may not have Mosquitto read {self._file} again ({self._process_file}: {fault.strerror}): "
                "that is left to the running service, or to whoever watches the file (hymio-mosquitto-accounts.path)"
            ) from None
        except (OSError, ValueError) as fault:
            why = getattr(fault, "strerror", None) or "it holds no number"
            raise AccountsError(
                f"Mosquitto could not be told of its accounts by {self._process_file} ({why}); reload it by hand"
            ) from None

    def _look(self) -> None:
        while not self._ending.wait(LOOK_S):
            said, level = "", logging.ERROR
            try:
                if self.write():
                    log.info("the broker's accounts were brought into step")
            except NotToldError as fault:
                said, level = str(fault), logging.WARNING
            except (AccountsError, SQLAlchemyError) as fault:
                said = str(fault) if isinstance(fault, AccountsError) else type(fault).__name__
            except Exception as fault:  # else whoever is retired from now on keeps an account
                said = f"a fault nobody foresaw: {fault!r}"
            if said and said != self._said:
                log.log(level, "the broker's accounts: %s", said)
            self._said = said


def _is_mosquitto(process: int) -> bool:
    """Whether it still is: a broker that was killed leaves its number behind, and the number goes to somebody else."""
    if not Path("/proc/self").exists():
        return True
    return "mosquitto" in Path(f"/proc/{process}/comm").read_text()


def _replace(file: Path, data: bytes) -> None:
    """Whole or not at all, whatever happens."""
    handle, new = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            os.fchmod(handle, MODE)
            out.write(data)
            out.flush()
            os.fsync(handle)
        os.replace(new, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise
