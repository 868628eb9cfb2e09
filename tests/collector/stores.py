"""Databases for tests: each a fresh copy of one that is prepared once, in SQLite and in a real PostgreSQL."""

import itertools
import shutil
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg


class Sqlite:
    """In files of a folder."""

    name = "sqlite"

    def __init__(self, folder):
        self._folder = folder
        self._made = 0

    def empty(self):
        """The address of a database that has nothing in it."""
        self._made += 1
        return f"sqlite:///{self._folder / f'hymio-{self._made}.db'}"

    def copy(self, url):
        """The address of a new database that holds what nobody is writing to at ``url``."""
        copy = self.empty()
        shutil.copy(_path(url), _path(copy))
        return copy

    def drop(self, url):
        for end in ("", "-wal", "-shm"):
            Path(_path(url) + end).unlink(missing_ok=True)

    @contextmanager
    def locked(self, url):
        """Nobody else can write while the block runs."""
        with closing(sqlite3.connect(_path(url), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")


class Postgresql:
    """On a server."""

    name = "postgresql"

    _numbers = itertools.count(1)  # over all of them: several may share a server

    def __init__(self, server):
        self._server = server

    def empty(self, like="template1"):
        """The address of a database that has nothing in it, or what one named ``like`` has."""
        name = f"hymio_{next(self._numbers)}"
        self._server.create(name, like)
        return self._server.url(name)

    def copy(self, url):
        return self.empty(url.rpartition("/")[2])

    def drop(self, url):
        self._server.drop(url.rpartition("/")[2])

    @contextmanager
    def locked(self, url):
        with psycopg.connect(url.replace("+psycopg", "")) as other:
            other.execute("LOCK TABLE journal_mark, kiosk_state, quarantine IN EXCLUSIVE MODE")
            yield
            other.rollback()


def _path(url):
    return url.removeprefix("sqlite:///")
