"""PostgreSQL's own programs reach the store as hymio does, however its address says it, and no secret is seen."""

import os
import shutil
from urllib.parse import quote_plus

import psycopg
import psycopg.sql
import pytest
from sqlalchemy.exc import OperationalError

from collector.care import backup
from collector.care.backup import BackupError
from collector.care.programs import ProgramError, run, terms_of
from collector.database.store import open_store
from tests import postgresql
from tests.board.certificates import Authority, openssl
from tests.collector.site import NOW_MS, furnish

ROLES = {"certified": "cert", "sworn": "scram-sha-256"}
PASSWORD = " it's \\a \"secret= "
PASSPHRASE = "a passphrase"
ADDRESSES = {
    "behind the question mark": "postgresql://hymio@/hymio?host=127.0.0.1&port={port}",
    "all behind the question mark": "postgresql:///?host=127.0.0.1&port={port}&user=hymio&dbname=hymio",
    "the second of two servers": "postgresql://hymio@/hymio?host=127.0.0.1:1&host=127.0.0.1:{port}",
    "by a service": "postgresql:///?service=county",
    "by a socket": "postgresql://hymio@/hymio?host={folder}&port={port}",
    "with a password": "postgresql://sworn:{password}@127.0.0.1:{port}/hymio",
    "with a password behind the question mark": "postgresql://sworn@127.0.0.1:{port}/hymio?password={password}",
    "by certificates": "postgresql://certified@localhost:{port}/hymio?sslmode=verify-full&sslrootcert={ca}"
    "&sslcert={pem}&sslkey={key}&sslpassword={passphrase}",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """It speaks TLS, and asks one role for a certificate, another for a password."""
    with postgresql.serving() as server:
        furnished = server.fresh()
        furnish(server.url(furnished))
        server.create("hymio", furnished)
        authority = Authority(tmp_path_factory.mktemp("certificates"), "authority")
        speak_tls(server, authority)
        yield server, authority


def speak_tls(server, authority):
    data = server.folder / "data"
    owner = data.stat()
    (data / "ca.pem").write_text(authority.certificate)
    for file, name in zip(authority.sign("localhost"), ("server.pem", "server.key"), strict=True):
        shutil.copy(file, data / name)
        os.chmod(data / name, 0o600)
        os.chown(data / name, owner.st_uid, owner.st_gid)
    rules = data / "pg_hba.conf"
    asked = "".join(f"host all {role} all {how}\n" for role, how in ROLES.items())
    rules.write_text(asked + rules.read_text())
    with psycopg.connect(server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        for role in ROLES:
            connection.execute(f"CREATE ROLE {role} LOGIN SUPERUSER")
        connection.execute(psycopg.sql.SQL("ALTER ROLE sworn PASSWORD {}").format(PASSWORD))
        for name, value in (("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key"), ("ssl_ca_file", "ca.pem")):
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("ALTER SYSTEM SET ssl = on")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture
def address(server, request, tmp_path, monkeypatch):
    """One of ADDRESSES, while the environment says another server: what an address says goes before it."""
    server, authority = server
    pem, key = authority.sign("certified") if request.param == "by certificates" else ("", "")
    if key:
        openssl("ec", "-in", key, "-aes256", "-passout", f"pass:{PASSPHRASE}", "-out", tmp_path / "key")
        os.chmod(tmp_path / "key", 0o600)
    (tmp_path / "services").write_text(f"[county]\nhost=127.0.0.1\nport={server.port}\nuser=hymio\ndbname=hymio\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    if "service" not in request.param:  # psycopg takes a host from the environment before a service's
        monkeypatch.setenv("PGHOST", "127.0.0.2")
        monkeypatch.setenv("PGPORT", "1")
    fields = {
        "port": server.port, "folder": server.folder, "ca": server.folder / "data" / "ca.pem", "pem": pem,
        "key": tmp_path / "key", "password": quote_plus(PASSWORD), "passphrase": quote_plus(PASSPHRASE),
    }  # fmt: skip
    return ADDRESSES[request.param].format(**fields)


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """A file with what everybody sees of the programs while they run: their words."""
    folder, seen = tmp_path / "bin", tmp_path / "seen"
    folder.mkdir()
    for program in ("pg_dump", "pg_restore"):
        (folder / program).write_text(f'#!/bin/sh\necho "$0 $@" >> {seen}\nexec {shutil.which(program)} "$@"\n')
        (folder / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return seen


@pytest.mark.parametrize("address", ADDRESSES, indirect=True)
def test_a_backup_and_its_drill_reach_the_store_by_whatever_its_address_says(address, tmp_path, seen):
    engine = open_store(address)
    proof = backup.back_up(engine, tmp_path / "copy", NOW_MS)
    engine.dispose()
    assert backup.drill(tmp_path / "copy", address) == proof
    words = seen.read_text()
    assert "pg_dump" in words and "pg_restore" in words
    assert PASSWORD.strip() not in words and "secret=" not in words and PASSPHRASE not in words


def test_a_program_that_fails_says_why(server, tmp_path):
    server, _ = server
    (tmp_path / "copy").write_bytes(b"no dump")
    engine = open_store(server.url("hymio"))
    with engine.connect() as connection, pytest.raises(ProgramError, match=r"^pg_restore: input file .* valid archive"):
        run("pg_restore", terms_of(connection), [str(tmp_path / "copy")])
    engine.dispose()


def test_a_server_that_the_address_does_not_trust_gets_no_backup(server, tmp_path):
    server, _ = server
    other = Authority(tmp_path, "other")
    (tmp_path / "other.pem").write_text(other.certificate)
    engine = open_store(
        f"postgresql://hymio@localhost:{server.port}/hymio?sslmode=verify-full&sslrootcert={tmp_path / 'other.pem'}"
    )
    with pytest.raises(OperationalError, match="certificate verify failed"):
        backup.back_up(engine, tmp_path / "copy", NOW_MS)
    assert not (tmp_path / "copy").exists()


def test_a_passphrase_beside_a_service_is_told_to_go_into_its_file(server, tmp_path, monkeypatch):
    server, _ = server
    (tmp_path / "services").write_text(f"[county]\nhost=127.0.0.1\nport={server.port}\nuser=hymio\ndbname=hymio\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    engine = open_store("postgresql:///?service=county&sslpassword=hush")
    with pytest.raises(BackupError, match=r"sslpassword in the address .* service file") as error:
        backup.back_up(engine, tmp_path / "copy", NOW_MS)
    assert "hush" not in str(error.value)
    engine.dispose()
