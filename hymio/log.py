"""The service's log: text for people, or one JSON object a line; what is said too often is counted instead.

A line has its time, its level and the part that says it, and the kiosk where it is about one. Secrets are in none: what
writes a line is handed none, and errors of the database come without what a statement held.
"""

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

import msgspec

LIKE_IT = 5
"""Lines that differ only in their figures, within EVERY_S; from then on they are counted, and the next one tells how
many there were."""

ALL = 300
"""Lines of whatever kind within EVERY_S. A critical one is not counted, and never left out."""

EVERY_S = 60.0

_MOST_KINDS = 1000  # of lines, remembered; where there are more, the one that was not said for longest is forgotten

_PARTS = (
    ("collector.broker", "broker"),
    ("amqtt", "broker"),
    ("transitions", "broker"),
    ("hymio.collector", "collector"),
    ("collector", "collector"),
    ("dashboard", "dashboard"),
    ("uvicorn", "web"),
    ("hymio", "service"),
)

_PRIORITY = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}  # of syslog, as journald reads them


def set_up(form: Literal["text", "json"]) -> None:
    """From now on everything is logged to standard error in this form: ours from INFO on, others' from WARNING."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if form == "json" else _Text(for_journal=_is_journal(os.environ)))
    handler.addFilter(Restraint())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("collector", "dashboard", "hymio"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _unforeseen
    threading.excepthook = lambda args: _unforeseen(args.exc_type, args.exc_value, args.exc_traceback)


def _unforeseen(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    about = (kind, error, trace) if error is not None else None
    logging.getLogger("hymio").critical("a fault nobody foresaw", exc_info=about)


def _is_journal(environment: Mapping[str, str]) -> bool:
    """Whether standard error leads into systemd's journal, which keeps the time and the level itself."""
    try:
        at = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{at.st_dev}:{at.st_ino}"


def _part(name: str) -> str:
    return next((part for prefix, part in _PARTS if name == prefix or name.startswith(prefix + ".")), name)


class Restraint(logging.Filter):
    """Lets the first lines of a kind through and counts the rest.

    ``now_s`` is no computer's clock: one that is set back would keep lines silent until its old time comes again.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._lock = threading.Lock()
        self._kinds: dict[str, _Window] = {}  # in the order in which they were last said
        self._all = _Window(-EVERY_S)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.CRITICAL:
            return True
        kind = f"{record.name} {getattr(record, 'kiosk', '')} " + re.sub(r"\d+", "#", record.getMessage())[:200]
        with self._lock:
            now_s = self._now_s()
            like_it, left_out = self._kinds.pop(kind, None), 0
            if like_it is None or like_it.is_over(now_s):
                left_out = 0 if like_it is None else max(0, like_it.said - LIKE_IT)
                like_it = _Window(now_s)
            self._kinds[kind] = like_it
            if len(self._kinds) > _MOST_KINDS:
                self._kinds.pop(next(iter(self._kinds)))
            like_it.said += 1
            if like_it.said > LIKE_IT:
                return False
            if self._all.is_over(now_s):
                left_out += max(0, self._all.said - ALL)
                self._all = _Window(now_s)
            self._all.said += 1
        record.left_out = left_out
        return self._all.said <= ALL


@dataclass
class _Window:
    began_s: float
    said: int = 0

    def is_over(self, now_s: float) -> bool:
        return now_s - self.began_s >= EVERY_S


def _said(record: logging.LogRecord) -> str:
    left_out = getattr(record, "left_out", 0)
    more = f" ({left_out} more lines were left out)" if left_out else ""
    return record.getMessage() + more


class _Text(logging.Formatter):
    def __init__(self, *, for_journal: bool) -> None:
        super().__init__()
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        kiosk = getattr(record, "kiosk", None)
        about = f"{record.levelname} {_part(record.name)}{f' {kiosk}' if kiosk else ''}: {_said(record)}"
        if self._for_journal:
            line = f"<{_PRIORITY.get(record.levelname, 6)}>{about}"
        else:
            line = f"{datetime.fromtimestamp(record.created).astimezone().isoformat(' ', 'milliseconds')} {about}"
        return line + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": _part(record.name),
        }
        if kiosk := getattr(record, "kiosk", None):
            line["kiosk"] = kiosk
        line["message"] = _said(record)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()
