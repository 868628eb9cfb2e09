"""What a running service does once a day by itself: it gives up exact times that are old enough."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.care import sealing
from collector.days.coarse import DAY_MS

log = logging.getLogger("hymio.collector")

FIRST_S = 60
"""After the start, when kiosks that waited have been served."""

EVERY_S = 86_400


class Upkeep:
    """``exact_days``: how old an exact time may become; 0: as old as it likes, and nothing is done."""

    def __init__(self, engine: Engine, exact_days: int, now_ms: Callable[[], int], *, first_s: float = FIRST_S) -> None:
        self._engine, self._exact_days, self._now_ms = engine, exact_days, now_ms
        self._first_s = first_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hymio-upkeep", daemon=True)

    def start(self) -> None:
        if self._exact_days:
            self._thread.start()

    def stop(self) -> None:
        """Returns when the running transaction is done."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        wait_s = self._first_s
        while not self._ending.wait(wait_s):
            self._coarsen()
            wait_s = EVERY_S

    def _coarsen(self) -> None:
        before_utc_ms = self._now_ms() - self._exact_days * DAY_MS
        try:
            done = sealing.coarsen(self._engine, before_utc_ms, lambda seconds: not self._ending.wait(seconds))
        except SQLAlchemyError as fault:
            log.warning("exact times could not be coarsened, again in a day: %s", type(fault).__name__)
        except Exception:
            log.exception("exact times could not be coarsened")
        else:
            if done.rows:
                log.info("exact times coarsened: %d taps, %d other rows", done.taps, done.rows - done.taps)
