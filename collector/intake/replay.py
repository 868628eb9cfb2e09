"""Taps below the mark decided again, where one turned up among them that had been given up, or a better copy of one.

From each that is another now until the state is what it was without it, or to the mark; so what comes late costs no
more the longer its journal is, where bursts or pauses end the runs in it, as with people. Only presses are looked at:
no other verdict rests on what came before. What a better copy takes the place of left nothing in the state: nobody had
it, or could read it, or it was known to a span.
"""

from bisect import bisect_right
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from collector.database.tables import tap
from collector.intake.decisions import Decisions
from collector.verdict.doors import Doors, DoorsKept
from collector.verdict.judge import Judge, begun_after
from collector.verdict.policy import NOTHING_YET, PRESSES, Moment, State, Verdict, since
from collector.verdict.ruling import rulings_of
from wire.messages import FLAG_THINNED

_PAGE = 100  # rows of taps read at a time
_APART = 1000  # seqs to the next change, for which it is worth while to stop and to begin again
_ENDS = [int(Verdict.COUNTED), int(Verdict.BURST)]

_is_press = (tap.c.verdict.in_([int(verdict) for verdict in PRESSES]), tap.c.flags.op("&")(FLAG_THINNED) == 0)


class Replay:
    """Of one journal, under the rules that decided each stretch: what a late copy changes is not a change of rules.

    ``today``: the doors of what no version was noted for, among those that are ``kept``. ``sealed``: what lies up to
    there is never looked at, and a pause follows it.
    """

    def __init__(self, connection: Connection, journal_id: int, sealed: int, kept: DoorsKept, today: Doors) -> None:
        self._connection, self._sealed = connection, sealed
        self._kept, self._today = kept, today
        self._rulings = rulings_of(connection, journal_id)
        self._these = (tap.c.journal_id == journal_id, tap.c.seq > sealed)
        self.rows = 0
        """How many rows were looked at."""

    def doors_of(self, seq: int) -> Doors:
        """Those that ``seq``, below the mark, was decided by."""
        return self._kept.of(self._connection, self._rulings.of(seq) or self._today.version)

    def state_before(self, seq: int, begins_utc_ms: int | None) -> State:
        """What the verdict of ``seq`` rests on, as the verdicts before it tell: of the run that it may be in, back to
        its beginning or its latest burst. ``begins_utc_ms`` as in ``run``."""
        presses = (
            select(tap.c.seq, tap.c.boot, tap.c.uptime_ms, tap.c.utc_ms, tap.c.verdict, tap.c.day)
            .where(*self._these, tap.c.seq < seq, *_is_press)
            .order_by(tap.c.seq.desc())
        )
        pressed = later = None
        run = pause_ms = 0
        for row in self._connection.execute(presses.execution_options(yield_per=_PAGE)):
            self.rows += 1
            rules, press = self.doors_of(row.seq).rules(row.day), Moment(*row[1:4])
            if rules.burst_taps == 0 or (later is not None and not 0 <= since(later, press) < pause_ms):
                break
            pressed = pressed or press
            if row.verdict == Verdict.BURST:
                run += rules.burst_taps
                break
            run += row.verdict == Verdict.COUNTED
            later, pause_ms = press, rules.burst_pause_ms
        return State(self._counted_before(seq, begins_utc_ms), pressed, run)

    def run(self, decisions: Decisions, changed: list[int], mark: int, begins: int | None) -> State | None:
        """Decides from each of ``changed`` on, seqs whose rows are others now, in order; writes ``decisions``.

        ``begins``: when the kiosk's last counted tap before this journal was pressed. Answers the state at the mark;
        None where that is as it was.
        """
        reached = 0
        while reached < changed[-1]:
            first = changed[bisect_right(changed, reached)]
            state, reached = self._run_from(first, decisions, changed, mark, begins)
            decisions.write(self._connection)  # the next one looks back at it
            if state is not None:
                return state
        return None

    def _run_from(
        self, first: int, decisions: Decisions, changed: list[int], mark: int, begins: int | None
    ) -> tuple[State | None, int]:
        """The state at the mark, or None and the seq from which on everything is as it was."""
        before = self.state_before(first, begins)
        was, judge = Judge(self._today, before), Judge(self._today, before)
        seq = first
        while rows := self._page(seq, mark):
            self.rows += len(rows)
            for row in rows:
                seq = row["seq"]
                doors = self.doors_of(seq)
                if doors is not judge.doors:
                    was.doors = judge.doors = doors
                verdict, old = judge.decide(self._connection, row), row["verdict"]
                if old is not None:
                    was.decide(self._connection, row)
                if verdict != old:
                    decisions.change(seq, verdict)
                    decisions.count(row, verdict, 1)
                    if old is not None:
                        decisions.count(row, Verdict(old), -1)
                if was.state == judge.state and not _is_near(changed, seq):
                    return None, seq
            seq += 1
        return judge.state, mark

    def _page(self, seq: int, mark: int) -> list[Any]:
        """Presses, and what is not decided: the changed ones. Any other verdict is what it is."""
        undecided_or_press = or_(tap.c.verdict.is_(None), and_(*_is_press))
        rows = select(tap).where(*self._these, tap.c.seq >= seq, tap.c.seq <= mark, undecided_or_press)
        return list(self._connection.execute(rows.order_by(tap.c.seq).limit(_PAGE)).mappings())

    def _counted_before(self, seq: int, begins_utc_ms: int | None) -> Moment | None:
        latest = (
            select(tap.c.verdict, tap.c.boot, tap.c.uptime_ms, tap.c.utc_ms)
            .where(*self._these, tap.c.seq < seq, *_is_press, tap.c.verdict.in_(_ENDS))
            .order_by(tap.c.seq.desc())
            .limit(1)
        )
        row = self._connection.execute(latest).first()
        if row is not None:
            return Moment(*row[1:]) if row.verdict == Verdict.COUNTED else None
        begun = NOTHING_YET if self._sealed else begun_after(begins_utc_ms)  # a pause lies at the seal
        return begun.counted


def _is_near(changed: list[int], seq: int) -> bool:
    """Whether another one of ``changed`` follows ``seq`` soon."""
    at = bisect_right(changed, seq)
    return at < len(changed) and changed[at] - seq <= _APART
