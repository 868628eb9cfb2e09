"""PostgreSQL's own programs, on the very server and under the very terms on which the store itself is reached.

Whatever stands behind the ``?`` of the store's address goes along: certificates, options, where the server is. What
comes from the environment or a service file reaches them as it reached us. Secrets are on no command line, which
everybody sees, and in no file that has a name.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from collector.database.address import SECRETS

_SERVICE = "hymio"


class ProgramError(Exception):
    """It is not there, or has failed; one sentence."""


class Terms(NamedTuple):
    """How the store is reached, by the names of PostgreSQL's client library."""

    plain: dict[str, str]
    secret: dict[str, str]


def terms_of(connection: Connection) -> Terms:
    """Those of ``connection``. Of several servers in its address the one that it is on: there its state is."""
    on: Any = connection.connection.driver_connection
    known = {option.keyword.decode() for option in on.pgconn.info}
    _, given = connection.dialect.create_connect_args(connection.engine.url)
    told = {name: str(value) for name, value in given.items() if name in known}
    told |= {"host": on.info.host, "port": str(on.info.port), "user": on.info.user, "dbname": on.info.dbname}
    if on.info.hostaddr:
        told["hostaddr"] = on.info.hostaddr
    return Terms(*({name: told[name] for name in told if (name in SECRETS) is secret} for secret in (False, True)))


def run(program: str, terms: Terms, words: list[str], *files: int) -> None:
    """``files``: open ones that it keeps open, too. Raises ProgramError."""
    path = shutil.which(program) or _newest(program)
    if path is None:
        raise ProgramError(f"{program} is not on this computer; install PostgreSQL's client programs")
    with _told(terms) as (address, environment, secret):
        done = subprocess.run(
            [*_no_longer_than_we(), path, f"--dbname={address}", *words],
            env={**os.environ, **environment},
            pass_fds=[*files, *secret],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise ProgramError(f"{program}: {_why(done.stderr)}")


def _no_longer_than_we() -> list[str]:
    """What goes before a program that is to be told to end when whoever began it is gone: util-linux has it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _why(said: str) -> str:
    """Its error; below that stand hints, and the statement that failed."""
    lines = said.strip().splitlines() or ["it failed"]
    return next((line.partition(" error: ")[2] for line in lines if " error: " in line), lines[-1])


@contextmanager
def _told(terms: Terms) -> Iterator[tuple[str, dict[str, str], list[int]]]:
    """What goes onto the command line, into the environment, and by open files.

    Host and port are in the environment once more: by them Debian's wrapper chooses which version's program it runs.
    """
    from psycopg.conninfo import make_conninfo  # where there is no PostgreSQL it need not be installed

    plain, secret = dict(terms.plain), dict(terms.secret)
    environment = {"PGHOST": plain["host"], "PGPORT": plain["port"]}
    if "password" in secret:
        environment["PGPASSWORD"] = secret.pop("password")
    if not secret:
        yield make_conninfo(**plain), environment, []
        return
    if "service" in plain:
        raise ProgramError(f"{', '.join(sorted(secret))} in the address of the store must go into the service file")
    with tempfile.TemporaryFile("w+") as file:
        file.write(f"[{_SERVICE}]\n" + "".join(f"{name}={value}\n" for name, value in secret.items()))
        file.seek(0)
        environment["PGSERVICEFILE"] = f"/dev/fd/{file.fileno()}"
        yield make_conninfo(**plain, service=_SERVICE), environment, [file.fileno()]


def _newest(program: str) -> str | None:
    """Debian keeps each version's programs in a folder of its own."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else None
