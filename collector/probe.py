"""Whether the database takes a transaction at present, found out without waiting for it for ever."""

import threading

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector import store


class Probe:
    """A database that hangs holds up one thread of this and nobody else. For use from one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._answered = False
        self._thread: threading.Thread | None = None

    def answers(self, within_s: float) -> bool:
        """False where it refuses or has not answered in that time; the same question is then waited for again."""
        if self._thread is None or not self._thread.is_alive():
            self._answered = False
            self._thread = threading.Thread(target=self._ask, name="hymio-probe", daemon=True)
            self._thread.start()
        self._thread.join(within_s)
        return not self._thread.is_alive() and self._answered

    def _ask(self) -> None:
        try:
            store.prove(self._engine)
        except SQLAlchemyError:
            return
        self._answered = True
