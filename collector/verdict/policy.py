"""What counts. Pure, and looking only backwards in seq, so that any number of collectors reach the same verdicts.

A tap is set aside for the first reason that applies: unreadable, in test mode, not placed, closed, within the response
interval, in a burst. The rules' figures come from outside (collector.verdict.rules) and are those of the tap's own day.

A thinned tap's time is only known to a span: it is exempt from the response interval and starts none, and is in no run.
"""

from enum import IntEnum
from typing import Any, NamedTuple

from wire.messages import FACE_UNREADABLE, FLAG_TEST, FLAG_THINNED


class Verdict(IntEnum):
    """What became of a tap, as stored in ``tap.verdict``."""

    COUNTED = 0
    INTERVAL = 1  # within the response interval
    TEST = 2  # the kiosk was in test mode
    UNPLACED = 3  # the kiosk stood at no service point then
    UNREADABLE = 4  # the kiosk could not read its record any more: missing, in no count
    BURST = 5  # more in a run than visitors could make
    CLOSED = 6  # outside the opening hours


PRESSES = frozenset((Verdict.COUNTED, Verdict.INTERVAL, Verdict.BURST))
"""Of exact taps with these verdicts runs are made."""


class Rules(NamedTuple):
    """One version of what counts, as it holds on a day.

    interval_ms:    presses closer than this to the last counted one are taken for the same visitor's; 0: none are.
    burst_taps:     so many of a run are counted, the rest is set aside; 0: runs are not looked at.
    burst_pause_ms: a press that comes so long after the one before begins another run.
    grace_ms:       a tap is closed when it lies farther than this outside the opening hours; None: none is.
    """

    version: int
    interval_ms: int
    burst_taps: int
    burst_pause_ms: int
    grace_ms: int | None


NO_BOOT = -1
"""The boot of a last counted tap that was another journal's: only its time can be compared."""


class Moment(NamedTuple):
    """When a tap was pressed. ``utc_ms`` is None when it is not known."""

    boot: int
    uptime_ms: int
    utc_ms: int | None


class State(NamedTuple):
    """What the next verdict rests on, of the taps before it in the same journal.

    counted: the last counted one, which the response interval is measured from; None: none yet, or one was set aside
             as a burst since, so that it lies farther back than that.
    pressed: the last one of the run that goes on; None: none, or runs are not looked at.
    run:     how many of that run were counted, or may be at most, once one was set aside as a burst.

    So a burst leaves nothing of how its run began, and what came late there changes nothing beyond.
    """

    counted: Moment | None
    pressed: Moment | None
    run: int


NOTHING_YET = State(None, None, 0)


# What every tap passes: a member's name is looked up and a named tuple's own constructor called at half the speed
_COUNTED, _INTERVAL, _TEST, _UNPLACED, _UNREADABLE, _BURST, _CLOSED = Verdict
_new: Any = tuple.__new__


def decide(
    boot: int,
    uptime_ms: int,
    utc_ms: int | None,
    face: int,
    flags: int,
    placed: bool,
    shut: bool,
    rules: Rules,
    state: State,
) -> tuple[Verdict, State]:
    """The verdict on one tap, and the state for the next. ``shut``: known to lie outside the opening hours."""
    if face == FACE_UNREADABLE:
        return _UNREADABLE, state
    if flags & FLAG_TEST:
        return _TEST, state
    if not placed:
        return _UNPLACED, state
    if shut:
        return _CLOSED, state
    if flags & FLAG_THINNED:
        return _COUNTED, state
    now: Moment = _new(Moment, (boot, uptime_ms, utc_ms))
    counted, pressed, run = state
    _, interval_ms, burst_taps, burst_pause_ms, _ = rules
    since_pressed = -1 if pressed is None else since(now, pressed)
    since_counted = since_pressed if counted is pressed else -1 if counted is None else since(now, counted)
    at_once = 0 <= since_counted < interval_ms
    if burst_taps == 0:
        return (_INTERVAL, State(counted, None, 0)) if at_once else (_COUNTED, State(now, None, 0))
    if not 0 <= since_pressed < burst_pause_ms:
        run = 0
    if at_once:
        return _INTERVAL, _new(State, (counted, now, run))
    if run >= burst_taps:
        return _BURST, _new(State, (None, now, burst_taps))
    return _COUNTED, _new(State, (now, now, run + 1))


def since(now: Moment, then: Moment) -> int:
    """Milliseconds from one to the other; -1 when the two cannot be compared."""
    if now.boot == then.boot:
        return now.uptime_ms - then.uptime_ms
    if now.utc_ms is None or then.utc_ms is None:
        return -1
    return now.utc_ms - then.utc_ms
