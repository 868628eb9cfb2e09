"""A running collector: the subscriber, its ingest and its figures, started and stopped together."""

import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.answers.update_key import UpdateKey
from collector.connection.frames import BrokerAddress
from collector.connection.subscriber import Subscriber
from collector.database import migration, store
from collector.database.inquiry import Inquiry
from collector.intake.clock import Clock
from collector.intake.ingest import Ingest
from collector.intake.metrics import Metrics
from collector.running.dispatch import Dispatch
from collector.running.figures import StoreFigures
from collector.running.supply import Supply

PATIENCE_S = 3.0
"""How long the database may take before it counts as away: whoever asks whether we are ready waits five seconds."""


def utc_now_ms() -> int:
    """The clock of a running service."""
    return time.time_ns() // 1_000_000


STUCK_S = 120.0
"""After which a transaction will not end any more, where the database answers others. It waits 5 s for a lock."""

QUIET_S = 10.0
"""Silence of the receiver after which taps pressed now may wait until it is replaced. It is never silent for 3 s."""

_PROOF_S = 5.0


class Collector:
    """One collector on one store and one broker. Any number of them may share the store.

    ``stuck_s``: after how long a transaction that does not end is a fault of ours.
    """

    def __init__(
        self,
        engine: Engine,
        broker: BrokerAddress,
        update_key: UpdateKey,
        now_ms: Callable[[], int] = utc_now_ms,
        *,
        stuck_s: float = STUCK_S,
    ) -> None:
        self.metrics = Metrics()
        self._broker = broker
        self._subscriber = Subscriber(
            Ingest(engine, Clock(engine, now_ms).now_ms, self.metrics),
            broker,
            on_want=lambda want: self._supply.ask(want),
        )
        say, refuse = self._subscriber.say, self._subscriber.enqueue
        self._supply = Supply(engine, update_key, say, refuse, now_ms, self.metrics)
        self._dispatch = Dispatch(engine, say, lambda: self._subscriber.connected, now_ms)
        self._stuck_s = stuck_s
        self._others: list[Callable[[], str | None]] = []
        self._proof = Inquiry(lambda: store.prove(engine))
        self._revision = Inquiry(lambda: migration.revision(engine))
        self.metrics.watch("clock_timestamp_seconds", "What this computer's clock shows", lambda: now_ms() / 1000)
        self.metrics.registry.register(StoreFigures(engine, now_ms))

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

    def fault(self) -> str | None:
        """Why it should be started again, in words; None: no reason to. Takes some seconds where one is suspected.

        A broker or a database that is away, hangs or refuses is no reason: it works again when that is back.
        """
        if not self._subscriber.alive:
            return "a thread of the collector has ended"
        if self._subscriber.busy_s < self._stuck_s or not self._takes_transactions():
            return None
        busy_s = self._subscriber.busy_s  # it may have ended meanwhile
        if busy_s < self._stuck_s:
            return None
        return f"a transaction has not ended for {busy_s:.0f} s, though the database answers others"

    def _takes_transactions(self) -> bool:
        try:
            self._proof.answer(_PROOF_S)
        except (TimeoutError, SQLAlchemyError):
            return False
        return True

    def ask_too(self, reason: Callable[[], str | None]) -> None:
        """``reason`` answers, without waiting for anything, why it is not ready; None: it knows of no reason."""
        self._others.append(reason)

    def ready(self) -> tuple[bool, list[str]]:
        """Whether taps pressed now would be stored and acked, and otherwise each reason as a sentence."""
        reasons = self._own_reasons() + self._store_reasons()
        if self._subscriber.trouble:
            reasons.append(f"the last transaction failed: {self._subscriber.trouble}")
        reasons += [said for ask in self._others if (said := ask())]
        return not reasons, reasons

    def state(self) -> str:
        """What it is doing, in one line."""
        return "; ".join(self.ready()[1]) or f"taps are stored; {self._subscriber.waiting} deliveries wait"

    def _own_reasons(self) -> list[str]:
        if not self._subscriber.alive:
            return ["the collector is not running"]
        if not self._subscriber.connected:
            return [f"not connected to the broker at {self._broker.host}:{self._broker.port}"]
        silent_s = self._subscriber.silent_s
        if silent_s >= QUIET_S:
            return [
                f"the process that holds the connection to the broker has given no sign of life for {silent_s:.0f} s"
            ]
        return []

    def _store_reasons(self) -> list[str]:
        try:
            found, wanted = self._revision.answer(PATIENCE_S), migration.newest()
        except TimeoutError:
            return [f"the database has not answered for {PATIENCE_S:g} s"]
        except SQLAlchemyError as e:
            return [f"the database does not answer: {type(e).__name__}"]
        return [] if found == wanted else [f"the database is at revision {found}, this version works with {wanted}"]
