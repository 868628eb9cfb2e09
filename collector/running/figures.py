"""Figures that are read from the store when a monitoring system asks: the same from every collector of a site."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from collector.care import latest
from collector.database import store
from collector.database.inquiry import Inquiry
from collector.database.tables import Kiosk, kiosk_state
from collector.kiosks import presence
from collector.running import unseen

PATIENCE_S = 3.0
"""How long the database may take; a monitoring system waits ten seconds at most."""


class StoreFigures(Collector):
    """Nothing where the database does not answer: a figure that is not there is not taken for zero."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        self._engine, self._now_ms = engine, now_ms
        self._inquiry = Inquiry(self._read)

    def collect(self) -> Iterator[Metric]:
        yield from self._room()
        with contextlib.suppress(TimeoutError, SQLAlchemyError):
            yield from self._inquiry.answer(PATIENCE_S)

    def describe(self) -> Iterator[Metric]:
        """No names in advance: telling them would ask the database."""
        return iter(())

    def _read(self) -> list[Metric]:
        with store.reading(self._engine) as connection:
            found = list(self._of_kiosks(connection))
            found.extend(_of_taps(connection))
            found.append(_gauge("database_bytes", "Size of the database", store.size(connection)))
            backup = latest.told(connection)
            words = "When the store was last backed up by hymio; 0: not known to have been"
            found.append(_gauge("last_backup_timestamp_seconds", words, backup.made_utc_ms / 1000 if backup else 0))
        return found

    def _of_kiosks(self, connection: Connection) -> Iterator[Metric]:
        kiosks = GaugeMetricFamily("hymio_kiosks", "Kiosks in use, by how they stand", labels=["standing"])
        for standing, count in presence.standings(connection, self._now_ms()).items():
            kiosks.add_metric([standing], count)
        yield kiosks
        kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]
        waiting = select(func.coalesce(func.sum(kiosk_state.c.backlog), 0)).where(
            kiosk_state.c.kiosk == kiosk.c.name, kiosk.c.retired_utc_ms.is_(None)
        )
        words = "Taps that kiosks in use have counted and the store has not"
        yield _gauge("backlog_taps", words, int(connection.execute(waiting).scalar() or 0))

    def _room(self) -> Iterator[Metric]:
        if self._engine.dialect.name != "sqlite" or not self._engine.url.database:
            return
        try:
            free = shutil.disk_usage(Path(self._engine.url.database).resolve().parent).free
        except OSError:
            return
        yield _gauge("database_free_bytes", "Room on the disk of an SQLite database", free)


def _of_taps(connection: Connection) -> Iterator[Metric]:
    yield _gauge("missing_taps", "Taps known to be lost, of all time", unseen.missing_taps(connection))
    words = "Troubles that nobody has marked as seen, by kind"
    family = GaugeMetricFamily("hymio_unseen", words, labels=["trouble"])
    for kind, number in unseen.troubles(connection).items():
        family.add_metric([kind], number)
    yield family


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily("hymio_" + name, words, value=value)
