"""A copy of the whole store while it works on, with the proof that it is whole; and the way back.

A backup is two files: the copy (an SQLite database, or what pg_dump writes), and beside it ``<name>.proof.json``, made
from the same state: rows by table, schema revision, size and SHA-256. Neither a backup nor a restored store is believed
before it was read again and held against that proof.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Engine, inspect, make_url, text

from collector.care import durable, programs, room, workplace
from collector.care import proof as proofs
from collector.care.proof import Proof, proof_of
from collector.database import migration, store

Progress = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""

_PAGES = 2000  # SQLite copies so many at a time, and lets writers in between
_CHUNK = 1 << 20
_FEWER = "Move older backups away, or keep fewer (`--keep-days`)"
_DRILL = "the drill that restores it (`--no-drill` leaves that out)"
_RESTORED = "the restored store"
_ELSEWHERE = (
    "Nothing was changed. Move older stores and backups from there to another disk, or have the setting `database` "
    "name a file on one"
)
_ON_SERVER = "Nothing was changed. Make room there, or restore on a server that has it"
_AFTERWARDS = ("", "-wal", "-shm", "-journal")  # what SQLite has beside its file would become part of another one there


class BackupError(Exception):
    """No backup, or no way back from one. One sentence: what is in the way and what to do."""


def back_up(engine: Engine, copy: Path, now_ms: int, progress: Progress = lambda share: None) -> Proof:
    """Copies the store into the new file ``copy``, while others read and write it. Raises BackupError, OSError."""
    if copy.exists():
        raise BackupError(f"{copy} is there already; a backup never replaces another one")
    copy.parent.mkdir(parents=True, exist_ok=True)
    store_size = _size(engine)
    _must_have_room(copy.parent, _size_of_copy(engine, store_size, copy.parent), "the copy")
    with workplace.folder(copy.parent) as folder:
        unfinished = folder.path / "copy"
        if engine.dialect.name == "sqlite":
            try:
                rows, revision = _copy_sqlite(engine, unfinished, progress)
            except sqlite3.Error as fault:  # the driver's own, which nobody else translates
                raise BackupError(f"the store could not be copied to {copy.parent}: {fault}") from None
        else:
            rows, revision = _dump_postgresql(engine, unfinished, folder.lock, progress)
        size, sha256 = unfinished.stat().st_size, durable.sha256(unfinished)
        proof = Proof(now_ms, engine.dialect.name, revision, rows, size, sha256, store_size)
        durable.write_synced(proof_of(copy), proofs.written(proof))
        os.replace(unfinished, copy)
    durable.sync_folder(copy.parent)
    return proof


def clear(copy: Path, url: str) -> list[workplace.Left]:
    """Takes away what runs that were killed have left beside ``copy`` and beside the store at ``url``."""
    address = make_url(url)
    folders = {copy.parent.resolve()}
    if address.get_backend_name() == "sqlite" and address.database:
        folders.add(Path(address.database).resolve().parent)
    left = [one for folder in sorted(folders) for one in workplace.clear_folder(folder)]
    if address.get_backend_name() == "postgresql":
        left += workplace.clear_databases(address)
    return left


def read_proof(copy: Path) -> Proof:
    """The proof of a copy, once the copy is what it says. Raises BackupError."""
    if not copy.is_file():
        raise BackupError(f"there is no backup {copy}")
    try:
        proof = proofs.read(proof_of(copy))
    except FileNotFoundError:
        raise BackupError(f"there is no {proof_of(copy).name} beside {copy}; a backup is both files") from None
    except (OSError, ValueError, TypeError) as fault:
        raise BackupError(f"{proof_of(copy)} cannot be read ({fault}); it must be as `hymio backup` wrote it") from None
    if copy.stat().st_size != proof.size or durable.sha256(copy) != proof.sha256:
        raise BackupError(f"{copy} is not what was backed up: its size or SHA-256 is another; take another copy of it")
    return proof


def restore(copy: Path, url: str) -> Proof:
    """Makes the store at ``url``, which must be empty or not be there, what it was.

    On SQLite it is there whole and proven, or not at all, however this ends; on PostgreSQL whole, or not at all.
    Raises BackupError, also before anything is changed where there is no room for it, StoreError, OSError.
    """
    proof = read_proof(copy)
    address = make_url(url)
    if address.get_backend_name() != proof.dialect:
        other = address.get_backend_name()
        raise BackupError(f"the backup is of {proof.dialect}; it goes back into {proof.dialect}, not into {other}")
    if proof.dialect == "sqlite":
        _restore_sqlite(copy, store.file_of(address).resolve(), proof)
    else:
        _server_must_have_room(url, max(proof.store_size, proof.size), _RESTORED, _ON_SERVER)
        _restore_postgresql(copy, address, proof)
    return proof


def drill(copy: Path, url: str) -> Proof:
    """Restores into a place that is thrown away, beside the store at ``url``; the proof that it can be done."""
    proof = read_proof(copy)
    if proof.dialect == "sqlite":
        _must_have_room(copy.parent, proof.size, _DRILL)
        with workplace.folder(copy.parent) as folder:
            _unpack_sqlite(copy, folder.path / "drill.sqlite", proof)
    else:
        _server_must_have_room(url, None, _DRILL, "Make room there; the copy stays, unproven")
        with workplace.database(make_url(url)) as place:
            _restore_postgresql(copy, place, proof)
    return proof


def check(engine: Engine, proof: Proof) -> None:
    """Holds a store against a proof. Raises BackupError for the first thing that differs."""
    difference = proofs.difference(engine, proof)
    if difference is not None:
        raise BackupError(difference)


def _size(engine: Engine) -> int:
    with store.reading(engine) as connection:
        return store.size(connection)


def _size_of_copy(engine: Engine, store_size: int, folder: Path) -> int:
    if engine.dialect.name == "sqlite":
        return store_size
    return room.of_dump(store_size, (proof for _, proof in proofs.kept(folder) if proof.dialect == engine.dialect.name))


def _must_have_room(folder: Path, size: int, what: str, todo: str = _FEWER) -> None:
    lacking = room.lacking(folder, size, what, todo)
    if lacking is not None:
        raise BackupError(lacking)


def _server_must_have_room(url: str, store_size: int | None, what: str, todo: str) -> None:
    """``store_size``: None where it is that of the store at ``url`` itself.

    Nothing is known of a server elsewhere, or of one that does not tell where its files lie.
    """
    engine = store.open_store(url)
    try:
        with store.reading(engine) as connection:
            of = store.size(connection) if store_size is None else store_size
            folder, size = room.server_folder(connection), room.of_drill(connection, of)
    finally:
        engine.dispose()
    if folder is not None:
        _must_have_room(folder, size, what, todo)


def _copy_sqlite(engine: Engine, to: Path, progress: Progress) -> tuple[dict[str, int], str | None]:
    def pages(_status: int, left: int, of: int) -> None:
        progress(1 - left / of if of else 1)

    source = sqlite3.connect(str(engine.url.database), isolation_level=None)
    with closing(source) as here, closing(_made_for_owner(to)) as there:
        # One state to the end: else it begins again whenever somebody writes, and beside a busy ingest never ends
        here.execute("BEGIN")
        here.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        here.backup(there, pages=_PAGES, progress=pages, sleep=0.01)
        there.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal beside it
    durable.sync(to)
    engine_of_copy = store.open_store(f"sqlite:///{to}")
    try:
        with store.reading(engine_of_copy) as connection:
            damage = proofs.damage(connection)
            if damage is not None:
                raise BackupError(f"the database is damaged: {damage}; restore an older backup beside it")
            rows = proofs.counted(connection)
        revision = migration.revision(engine_of_copy)
    finally:
        engine_of_copy.dispose()
    _without_wal(to)
    return rows, revision


def _made_for_owner(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return sqlite3.connect(path)


def _without_wal(path: Path) -> None:
    """Everything in one file: opening the copy as a store has turned its WAL on."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")


def _dump_postgresql(engine: Engine, to: Path, lock: int, progress: Progress) -> tuple[dict[str, int], str | None]:
    """pg_dump reads the very state in which the rows were counted. It holds the ``lock``, too: it may outlive us."""
    progress(0)
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with store.snapshot(engine) as connection:
        # It waits for pg_dump without a word, for longer than is else taken for frozen
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        rows, revision = proofs.counted(connection), migration.revision_in(connection)
        words = ["--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}", f"--file={to}"]
        _run("pg_dump", programs.terms_of(connection), words, lock)
    durable.sync(to)
    return rows, revision


def _restore_sqlite(copy: Path, place: Path, proof: Proof) -> None:
    _must_be_new(place)
    _must_have_room(room.above(place), proof.size, _RESTORED, _ELSEWHERE)
    place.parent.mkdir(parents=True, exist_ok=True)
    with workplace.folder(place.parent) as folder:
        unfinished = folder.path / "copy"
        _unpack_sqlite(copy, unfinished, proof)
        _must_be_new(place)
        _name_anew(unfinished, place)
    durable.sync_folder(place.parent)


def _must_be_new(place: Path) -> None:
    for file in (Path(f"{place}{end}") for end in _AFTERWARDS):
        if file.exists():
            raise BackupError(f"{file} is there; move it away first, so that nothing is lost by a restore")


def _unpack_sqlite(copy: Path, to: Path, proof: Proof) -> None:
    """The new file ``to`` is what was backed up, read again from there, and on its disk."""
    try:
        with os.fdopen(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out, copy.open("rb") as it:
            shutil.copyfileobj(it, out, _CHUNK)
            out.flush()
            os.fsync(out.fileno())
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise BackupError(
            f"the backup could not be copied to {to.parent.parent}: {why}; nothing of it was kept"
        ) from None
    engine = store.open_store(f"sqlite:///{to}")
    try:
        check(engine, proof)
    finally:
        engine.dispose()
    _without_wal(to)
    durable.sync(to)


def _name_anew(file: Path, place: Path) -> None:
    """Never in the place of a store that somebody has begun there meanwhile, and who may have taps in it."""
    try:
        os.link(file, place)
    except FileExistsError:
        _must_be_new(place)
        raise
    except OSError:  # not every file system has a second name for a file
        os.replace(file, place)


def _restore_postgresql(copy: Path, address: URL, proof: Proof) -> None:
    url = address.render_as_string(hide_password=False)
    engine = store.open_store(url)
    try:
        with store.reading(engine) as connection:
            terms = programs.terms_of(connection)
            name = terms.plain["dbname"]
            if inspect(connection).get_table_names():
                raise BackupError(f"the database {name} is not empty; restore into a new one, so that nothing is lost")
        words = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-acl", str(copy)]
        try:
            _run("pg_restore", terms, words)
        except BackupError as fault:
            # A server that stopped on a full disk keeps what it had written as files that belong to no table
            anew = f"Drop the database {name} and make it anew before the next try, so that it takes no room"
            raise BackupError(f"{fault}. Nothing of it was kept. {anew}") from None
        check(engine, proof)
    finally:
        engine.dispose()


def _run(program: str, terms: programs.Terms, words: list[str], *files: int) -> None:
    try:
        programs.run(program, terms, words, *files)
    except programs.ProgramError as fault:
        raise BackupError(str(fault)) from None
