"""Looks for orders that somebody queued, maybe from another process, and sends them."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.answers import orders
from collector.answers.answer import Reply

log = logging.getLogger("hymio.collector")

LOOK_S = 0.5


class Dispatch:
    """``say`` publishes replies; ``connected`` tells whether that can be done now."""

    def __init__(
        self,
        engine: Engine,
        say: Callable[[list[Reply]], object],
        connected: Callable[[], bool],
        now_ms: Callable[[], int],
    ) -> None:
        self._engine, self._say, self._connected, self._now_ms = engine, say, connected, now_ms
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look, name="hymio-dispatch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when nothing more is sent."""
        self._ending.set()
        self._thread.join()

    def _look(self) -> None:
        unread = False
        while not self._ending.wait(LOOK_S):
            if not self._connected():
                continue
            try:
                self._say(orders.send(self._engine, self._now_ms()))
            except SQLAlchemyError as fault:
                if not unread:  # once, and not twice a second for as long as a database is away
                    log.warning("orders to kiosks cannot be read; tried again until they can: %s", type(fault).__name__)
                unread = True
            except Exception:
                log.exception("orders to kiosks could not be sent")
            else:
                if unread:
                    log.info("orders to kiosks can be read again")
                unread = False
