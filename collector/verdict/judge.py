"""One journal's taps, decided in the order of their seqs: by ingest, by a rebuild and by a verification alike."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from collector.verdict.doors import Doors
from collector.verdict.policy import NO_BOOT, NOTHING_YET, Moment, Rules, State, Verdict, decide

_NO_DAY = date.max
_NEVER = (None, None, None)


class Judge:
    """``doors``: what verdicts rest on; may be set to another version's between two taps.

    ``state``: the policy's, after the last tap that was decided.
    """

    def __init__(self, doors: Doors, state: State = NOTHING_YET) -> None:
        self.state = state
        self._day: date | None = _NO_DAY
        self._rules: Rules
        self.doors = doors

    @property
    def doors(self) -> Doors:
        return self._doors

    @doors.setter
    def doors(self, doors: Doors) -> None:
        self._doors = doors
        self._day = _NO_DAY

    def decide(self, connection: Connection, row: Any) -> Verdict:
        """The verdict on the next tap, a row of ``tap`` by its columns' names.

        Only a tap whose time is known, exactly or to a span, can lie outside the opening hours.
        """
        day, point, utc_ms = row["day"], row["service_point_id"], row["utc_ms"]
        if day is not self._day:
            self._day, self._rules = day, self._doors.rules(day)
        rules, shut = self._rules, False
        if utc_ms is not None and point in self._doors.with_hours and rules.grace_ms is not None:
            shut = self._doors.are_shut(connection, point, utc_ms, row["width_ms"], rules.grace_ms)
        verdict, self.state = decide(
            row["boot"], row["uptime_ms"], utc_ms, row["face"], row["flags"], point is not None, shut, rules, self.state
        )
        return verdict


def begun_after(utc_ms: int | None) -> State:
    """Of a journal none of whose taps is decided; ``utc_ms``: when the kiosk's last counted tap before it was pressed.

    The kiosk lost its flash, or got another; who presses in front of it does not know.
    """
    return State(None if utc_ms is None else Moment(NO_BOOT, 0, utc_ms), None, 0)


def state_of(marked: Row[Any]) -> State:
    """The state at the mark, as a row of ``journal_mark`` has it."""
    counted = pressed = None
    if marked.counted_boot is not None:
        counted = Moment(marked.counted_boot, marked.counted_uptime_ms, marked.counted_utc_ms)
    if marked.pressed_boot is not None:
        pressed = Moment(marked.pressed_boot, marked.pressed_uptime_ms, marked.pressed_utc_ms)
    return State(counted, pressed, marked.run)


def columns_of(state: State) -> dict[str, int | None]:
    """The same as values for the statements of collector.intake.marks."""
    counted, pressed = state.counted or _NEVER, state.pressed or _NEVER
    return {
        "to_counted_boot": counted[0],
        "to_counted_uptime_ms": counted[1],
        "to_counted_utc_ms": counted[2],
        "to_pressed_boot": pressed[0],
        "to_pressed_uptime_ms": pressed[1],
        "to_pressed_utc_ms": pressed[2],
        "to_run": state.run,
    }
