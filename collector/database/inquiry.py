"""A question to the database that is waited for so long and no longer.

A database that is frozen, or whose disk is, gives neither an answer nor an error.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Inquiry(Generic[T]):
    """``ask`` is put on a thread of its own, one at a time: whoever comes meanwhile waits for the same answer."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._running: _Question[T] | None = None

    def answer(self, patience_s: float) -> T:
        """What ``ask`` returns or raises; TimeoutError when it has done neither by then."""
        with self._lock:
            question = self._running
            if question is None or question.done.is_set():
                question = self._running = _Question(self._ask)
        return question.wait(patience_s)


class _Question(Generic[T]):
    def __init__(self, ask: Callable[[], T]) -> None:
        self.done = threading.Event()
        self._answers: list[T] = []
        self._error: Exception | None = None
        threading.Thread(target=self._put, args=(ask,), name="hymio-inquiry", daemon=True).start()

    def _put(self, ask: Callable[[], T]) -> None:
        try:
            self._answers.append(ask())
        except Exception as error:
            self._error = error
        finally:
            self.done.set()

    def wait(self, patience_s: float) -> T:
        if not self.done.wait(patience_s):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._answers[0]
