"""A running collector: the subscriber, its ingest and its figures, started and stopped together."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from collector import migration, presence, store
from collector.dispatch import Dispatch
from collector.ingest import Ingest
from collector.metrics import Metrics
from collector.subscriber import Subscriber
from collector.supply import Supply
from collector.tables import Kiosk, kiosk_state
from collector.update_key import UpdateKey


@dataclass(frozen=True)
class BrokerAddress:
    """Where the broker is and as whom the collector comes.

    ``mqtt5`` is False for a broker that has only MQTT 3.1.1. ``ca`` is a file of certificates to trust instead of the
    system's own; ``pinned`` one that holds the very certificate the broker must show, whatever name it is for.
    ``client_id`` is the user name where it is None. ``share`` names the collectors that divide the messages among them.
    """

    host: str
    port: int
    user: str
    password: str
    mqtt5: bool = True
    tls: bool = False
    ca: str | None = None
    pinned: str | None = None
    client_id: str | None = None
    share: str | None = None

    def tls_context(self) -> ssl.SSLContext | None:
        """What checks the broker's certificate and name; None for plain text. Raises OSError for a bad ``ca``."""
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.pinned or self.ca)
        if self.pinned:
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is what is trusted
        return context


def utc_now_ms() -> int:
    """The clock of a running service."""
    return time.time_ns() // 1_000_000


class Collector:
    """One collector on one store and one broker. Any number of them may share the store."""

    def __init__(
        self, engine: Engine, broker: BrokerAddress, update_key: UpdateKey, now_ms: Callable[[], int] = utc_now_ms
    ) -> None:
        self.metrics = Metrics()
        self._engine = engine
        self._broker = broker
        self._subscriber = Subscriber(
            Ingest(engine, now_ms, self.metrics),
            broker.host,
            broker.port,
            broker.user,
            broker.password,
            broker.tls_context(),
            client_id=broker.client_id,
            mqtt5=broker.mqtt5,
            share=broker.share,
            on_want=lambda want: self._supply.ask(want),
        )
        say, refuse = self._subscriber.say, self._subscriber.enqueue
        self._supply = Supply(engine, update_key, say, refuse, now_ms, self.metrics)
        self._dispatch = Dispatch(engine, say, lambda: self._subscriber.connected, now_ms)
        self._now_ms = now_ms
        self.metrics.watch(
            "kiosks_online", "Kiosks in use, born, not gone since and heard of late", self._kiosks_online
        )

    def start(self) -> None:
        """Returns at once; ``ready`` says when it works."""
        self._supply.start()
        self._dispatch.start()
        self._subscriber.start()

    def stop(self) -> None:
        """Ends the running transaction and the connection, then returns."""
        self._dispatch.stop()
        self._supply.stop()
        self._subscriber.stop()

    def alive(self) -> bool:
        """Whether its threads run. False is for a supervisor to restart it."""
        return self._subscriber.alive

    def ready(self) -> tuple[bool, list[str]]:
        """Whether taps pressed now would be stored and acked, and otherwise each reason as a sentence."""
        reasons = []
        if not self._subscriber.alive:
            reasons.append("the collector is not running")
        elif not self._subscriber.connected:
            reasons.append(f"not connected to the broker at {self._broker.host}:{self._broker.port}")
        reasons += self._store_reasons()
        if self._subscriber.trouble:
            reasons.append(f"the last transaction failed: {self._subscriber.trouble}")
        return not reasons, reasons

    def _store_reasons(self) -> list[str]:
        try:
            found, wanted = migration.revision(self._engine), migration.newest()
        except SQLAlchemyError as e:
            return [f"the database does not answer: {type(e).__name__}"]
        return [] if found == wanted else [f"the database is at revision {found}, this version works with {wanted}"]

    def _kiosks_online(self) -> float:
        try:
            with store.reading(self._engine) as connection:
                return float(connection.execute(_online(self._now_ms())).scalar() or 0)
        except SQLAlchemyError:
            return float("nan")


def _online(now_ms: int) -> Select[Any]:
    kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]
    there = kiosk_state.join(kiosk, kiosk.c.name == kiosk_state.c.kiosk)
    live = kiosk.c.retired_utc_ms.is_(None)
    return select(func.count()).select_from(there).where(live, presence.is_online(now_ms))
