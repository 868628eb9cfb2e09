"""A backup of a store at work is whole, goes back, and is not believed before that was seen."""

import json
import os
import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from collector.care import backup, programs
from collector.care.backup import BackupError
from collector.care.verification import verify
from collector.database import migration, store
from collector.database.store import open_store, writing
from tests.collector.site import NOW_MS, birth, furnish, taps


@pytest.fixture
def lived(site):
    site.take(birth(), taps(1, [4, 3, 2, 1]), taps(1, [1, 1], kiosk="lobby-2"))
    return site


def restored(stores, copy):
    """An engine on a store that was made from a copy."""
    url = stores.empty()
    backup.restore(copy, url)
    return open_store(url)


def test_a_backup_goes_back_whole_and_taps_go_on_from_there(lived, stores, tmp_path):
    proof = backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    assert (proof.taps, proof.made_utc_ms) == (6, NOW_MS)
    engine = restored(stores, tmp_path / "copy")
    assert verify(engine).differences == []
    with engine.connect() as connection:
        assert connection.execute(text("SELECT face FROM tap ORDER BY journal_id, seq")).scalars().all() == [
            *(4, 3, 2, 1),
            *(1, 1),
        ]
    with writing(engine) as connection:  # numbers that the database gives go on from where they were
        connection.execute(text("INSERT INTO unit (slug, name_fi, name_sv, name_en) VALUES ('b', 'B', 'B', 'B')"))
    engine.dispose()


def test_a_backup_made_while_taps_come_is_one_state(lived, stores, tmp_path):
    ending = threading.Event()

    def press():
        seq = 5
        while not ending.is_set():
            lived.take(taps(seq, [4]))
            seq += 1

    presser = threading.Thread(target=press)
    presser.start()
    try:
        proofs = [backup.back_up(lived.engine, tmp_path / f"copy-{n}", NOW_MS) for n in range(3)]
    finally:
        ending.set()
        presser.join()
    assert proofs[0].taps <= proofs[1].taps <= proofs[2].taps < lived.value("SELECT count(*) FROM tap")
    for n in range(3):
        engine = restored(stores, tmp_path / f"copy-{n}")
        assert verify(engine).differences == []
        engine.dispose()


def test_a_backup_ends_however_much_is_written_meanwhile(lived, stores, tmp_path, monkeypatch):
    """A tap is stored between any two pages; one that began again for each would never come to its end."""
    monkeypatch.setattr(backup, "_PAGES", 1)
    shares = []

    def press(share):
        shares.append(share)
        assert len(shares) < 1000, "it begins again and again"
        lived.take(taps(5 + len(shares), [4], held=5 + len(shares)))

    proof = backup.back_up(lived.engine, tmp_path / "copy", NOW_MS, press)
    assert proof.taps == 6 + (stores.name == "postgresql")  # pg_dump's state is chosen after its one report
    assert shares == sorted(shares)
    restored(stores, tmp_path / "copy").dispose()


def test_a_drill_restores_beside_the_store_and_leaves_nothing(lived, tmp_path):
    backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    before = sorted(tmp_path.iterdir())
    assert backup.drill(tmp_path / "copy", lived.url).taps == 6
    assert sorted(tmp_path.iterdir()) == before
    assert lived.value("SELECT count(*) FROM tap") == 6


def test_a_copy_that_was_changed_by_one_byte_is_refused(lived, stores, tmp_path):
    backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    content = bytearray((tmp_path / "copy").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(BackupError, match="SHA-256"):
        backup.restore(tmp_path / "copy", stores.empty())


def test_a_proof_that_says_more_than_there_is_fails_the_restore(lived, stores, tmp_path):
    backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    proof = json.loads((tmp_path / "copy.proof.json").read_text())
    proof["rows"]["tap"] += 1
    (tmp_path / "copy.proof.json").write_text(json.dumps(proof))
    with pytest.raises(BackupError, match="the table tap has 6 rows; the backup had 7"):
        backup.drill(tmp_path / "copy", lived.url)


def test_nothing_is_replaced(lived, tmp_path):
    backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    with pytest.raises(BackupError, match="is there already"):
        backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    with pytest.raises(BackupError, match="lost"):
        backup.restore(tmp_path / "copy", lived.url)
    assert lived.value("SELECT count(*) FROM tap") == 6


def test_a_backup_that_is_not_there_is_named(stores, tmp_path):
    with pytest.raises(BackupError, match=r"there is no backup .*copy$"):
        backup.restore(tmp_path / "copy", stores.empty())


def test_half_a_backup_is_named(lived, stores, tmp_path):
    backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    (tmp_path / "copy.proof.json").unlink()
    with pytest.raises(BackupError, match="a backup is both files"):
        backup.restore(tmp_path / "copy", stores.empty())


def test_backups_are_readable_by_their_owner_only(lived, tmp_path):
    backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_migration_that_waits_for_the_end_of_a_backup_is_not_in_its_proof(server, tmp_path, monkeypatch):
    name = server.fresh()
    url = furnish(server.url(name))
    there = shutil.which("pg_dump") or programs._newest("pg_dump")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pg_dump").write_text(
        f"#!/bin/sh -e\npsql -q -d '{url.replace('+psycopg', '')}' "
        f'-c "UPDATE alembic_version SET version_num = \'later\'"\nexec {there} "$@"\n'
    )
    (tmp_path / "bin" / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{Path(there).parent}:{os.environ['PATH']}")
    engine = open_store(url)
    proof = backup.back_up(engine, tmp_path / "copy", NOW_MS)
    assert (proof.revision, migration.revision(engine)) == (migration.newest(), "later")
    backup.drill(tmp_path / "copy", url)
    engine.dispose()


def test_a_dump_may_take_longer_than_an_idle_transaction_is_borne(server, tmp_path, monkeypatch):
    """The dump ends once the server would have ended the transaction that waits for it."""
    url = furnish(server.url(server.fresh()))
    monkeypatch.setattr(store, "_FROZEN_MS", 1000)
    there = shutil.which("pg_dump") or programs._newest("pg_dump")
    plain = url.replace("+psycopg", "")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pg_dump").write_text(
        f"#!/bin/sh -e\n{there} \"$@\"\npsql -q -d '{plain}' -c 'SELECT pg_sleep(2)' > {os.devnull}\n"
    )
    (tmp_path / "bin" / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{Path(there).parent}:{os.environ['PATH']}")
    engine = open_store(url)
    proof = backup.back_up(engine, tmp_path / "copy", NOW_MS)
    engine.dispose()
    assert backup.read_proof(tmp_path / "copy") == proof


def test_no_password_is_in_an_error(tmp_path):
    engine = open_store("postgresql+psycopg://someone:hidden@127.0.0.1:1/nowhere")
    with pytest.raises(Exception) as error:
        backup.back_up(engine, tmp_path / "copy", NOW_MS)
    assert "hidden" not in str(error.value)
