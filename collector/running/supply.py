"""Pieces of firmware for kiosks that want them, beside ingest and in no hurry.

A kiosk asks for one piece at a time, so its newest want is the only one that waits. What comes faster than a kiosk can
use, from a kiosk that was not ordered to update, or for what is not there, is dropped and counted: a kiosk that means
it asks again.
"""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.answers import answer, orders, release
from collector.answers.answer import Reply
from collector.answers.update_key import UpdateKey, UpdateKeyError
from collector.database import store
from collector.intake.allowance import Allowance
from collector.intake.delivery import Delivery, read
from collector.intake.metrics import Metrics
from wire import topic
from wire.messages import MAX_PIECE, Want
from wire.rejected import Rejected

log = logging.getLogger("hymio.collector")

PER_S = 20  # of one kiosk: twice what a Pico writes to its flash
BURST = 40
ALTOGETHER_PER_S = 200  # of all kiosks: what ingest does not notice
WAITING = 1000  # kiosks with a want that waits; times a message is its memory


class Supply:
    """``say`` publishes replies. ``refuse`` takes a delivery that cannot be read. Both are called from its thread."""

    def __init__(
        self,
        engine: Engine,
        key: UpdateKey,
        say: Callable[[list[Reply]], object],
        refuse: Callable[[Delivery], object],
        now_ms: Callable[[], int],
        metrics: Metrics,
    ) -> None:
        self._engine, self._key = engine, key
        self._publish, self._refuse, self._now_ms = say, refuse, now_ms
        self._metrics = metrics
        self._allowance = Allowance(PER_S, BURST, WAITING)
        self._waiting: dict[str, Delivery] = {}
        self._changed = threading.Condition()
        self._ending = threading.Event()
        self._said = ""
        self._thread = threading.Thread(target=self._serve, name="hymio-supply", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the piece in hand is out."""
        self._ending.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join()

    def ask(self, want: Delivery) -> None:
        """Takes a want over, or drops it. Never waits; safe from any thread."""
        parsed = topic.parse(want.topic)
        asker = "" if isinstance(parsed, Rejected) else parsed[0]
        with self._changed:
            if not self._allowance.take(asker, time.monotonic()):
                self._metrics.wanted("too_fast")
            elif asker not in self._waiting and len(self._waiting) >= WAITING:
                self._metrics.wanted("too_many")
            else:
                self._waiting[asker] = want
                self._changed.notify()

    def _serve(self) -> None:
        while (want := self._next()) is not None:
            try:
                self._metrics.wanted(self._answer(want))
            except SQLAlchemyError as fault:
                self._metrics.wanted("database")
                self._say(f"no piece of an update could be read: {type(fault).__name__}")
            except UpdateKeyError as fault:
                self._metrics.wanted("no_key")
                self._say(f"no manifest can be signed: {fault}")
            except Exception:
                log.exception("a want was given up", extra={"kiosk": read(want).kiosk})
            self._ending.wait(1 / ALTOGETHER_PER_S)

    def _next(self) -> Delivery | None:
        """The want that waits longest; None at the end."""
        with self._changed:
            while not self._waiting and not self._ending.is_set():
                self._changed.wait()
            return None if self._ending.is_set() else self._waiting.pop(next(iter(self._waiting)))

    def _answer(self, delivery: Delivery) -> str:
        """A word on what became of it, for the metrics."""
        arrival = read(delivery)
        want = arrival.message
        if not isinstance(want, Want):
            self._refuse(delivery)
            return "unreadable"
        with store.reading(self._engine) as connection:
            if not orders.may_fetch(connection, arrival.kiosk, want.version, self._now_ms()):
                return "not_ordered"
            if want.file == release.MANIFEST:
                key = bytes.fromhex(self._key.of(arrival.kiosk))
                whole = release.manifest_of(connection, want.version, key)
                found = None if whole is None or want.offset > len(whole) else (len(whole), whole[want.offset :])
            else:
                found = release.piece_of(connection, want.version, want.file, want.offset)
        if found is None:
            return "not_there"
        self._publish([answer.piece(arrival.kiosk, want, found[0], found[1][:MAX_PIECE])])
        return "answered"

    def _say(self, sentence: str) -> None:
        if sentence != self._said:
            log.error("%s", sentence)
        self._said = sentence
