"""What a check found."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """WARN: it works, and it is not as it should be. BAD: taps, or who may see and say what, are in danger."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """``seen``: one sentence on what the experiment showed; ``todo``: one on what to do, empty where nothing is."""

    verdict: Verdict
    seen: str
    todo: str = ""


def ok(seen: str) -> Finding:
    return Finding(Verdict.OK, seen)


def warn(seen: str, todo: str) -> Finding:
    return Finding(Verdict.WARN, seen, todo)


def bad(seen: str, todo: str) -> Finding:
    return Finding(Verdict.BAD, seen, todo)
