"""What the terminal says of the rules."""

from collections.abc import Iterator
from datetime import date

from collector.database.tables import UNDATED
from collector.verdict.policy import Rules
from collector.verdict.rules import RuleSet
from hymio.errands import clock

USUAL_GRACE_MIN = 30


def grace_ms(now_ms: int | None, grace_min: int | None, use_hours: bool | None) -> int | None:
    """The grace that options ask for, where it is ``now_ms``; None: opening hours are not looked at."""
    if use_hours is False:
        return None
    if grace_min is not None:
        return grace_min * 60_000
    return USUAL_GRACE_MIN * 60_000 if use_hours and now_ms is None else now_ms


def shown(one: RuleSet) -> Iterator[str]:
    """A version, a line a rule."""
    yield f"version {one.rules.version}, {_since(one.from_day)}: {one.note}"
    yield from _rules(one.rules)


def listed(one: RuleSet) -> str:
    """A version on one line."""
    said = "; ".join(line.strip() for line in _rules(one.rules))
    return f"{one.rules.version}  {when(one.set_utc_ms)}  rules {_since(one.from_day)} ({one.note}): {said}"


def when(utc_ms: int | None) -> str:
    """When it was set; what came with hymio has no time."""
    return "came with hymio " if utc_ms is None else clock(utc_ms)


def _since(day: date) -> str:
    return "always" if day == UNDATED else f"since {day}"


def _rules(rules: Rules) -> Iterator[str]:
    if rules.interval_ms:
        yield f"  response interval: presses less than {_s(rules.interval_ms)} s after a counted one are set aside"
    else:
        yield "  response interval: none"
    if rules.burst_taps:
        pause = _s(rules.burst_pause_ms)
        yield f"  bursts: of presses less than {pause} s apart {rules.burst_taps} are counted, then they are set aside"
    else:
        yield "  bursts: not looked at"
    if rules.grace_ms is None:
        yield "  opening hours: not looked at"
    else:
        minutes = rules.grace_ms // 60_000
        yield f"  opening hours: taps more than {minutes} min outside them are set aside, where hours were told"


def _s(ms: int) -> str:
    return f"{ms / 1000:g}"
