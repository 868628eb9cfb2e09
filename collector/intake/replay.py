"""Taps below the mark decided again, where one turned up among them that had been given up, or a better copy of one.

Begun where nothing before can matter, and ended where everything is as it was, or at the mark.
"""

from sqlalchemy import Connection, select

from collector.database.tables import tap
from collector.intake.decisions import Decisions
from collector.intake.shelf import Shelf
from collector.verdict.doors import Doors, DoorsKept
from collector.verdict.judge import Judge, begun_after
from collector.verdict.policy import NOTHING_YET, PRESSES, Moment, State, Verdict, since
from collector.verdict.rules import LIMITS
from collector.verdict.ruling import rulings_of
from wire.messages import FLAG_THINNED

_PAGE = 500  # rows of taps read at a time
_LONGEST_PAUSE_MS = LIMITS["burst_pause_ms"][1]

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

    def doors_of(self, seq: int) -> Doors:
        """Those that ``seq``, below the mark, was decided by."""
        return self._kept.of(self._connection, self._rulings.of(seq) or self._today.version)

    def run(
        self, shelf: Shelf, decisions: Decisions, changed: list[int], mark: int, begins: int | None
    ) -> State | None:
        """Decides from the first of ``changed``, seqs whose rows are others now, in order; adds to ``decisions``.

        ``begins``: when the kiosk's last counted tap before this journal was pressed. Answers the state at the mark;
        None where that is as it was.
        """
        seq, after_change = self._run_begins(changed[0]), False
        judge = Judge(self._today, self._counted_before(seq, begins))
        while rows := shelf.page(seq):
            for row in rows:
                seq = row["seq"]
                if seq > mark:
                    return judge.state
                judge.doors = self.doors_of(seq)
                before, verdict, was = judge.state, judge.decide(self._connection, row), row["verdict"]
                if verdict != was:
                    decisions.change(seq, verdict)
                    decisions.count(row, verdict, 1)
                    if was is not None:
                        decisions.count(row, Verdict(was), -1)
                elif after_change and verdict == Verdict.COUNTED and _forgets(before, judge.state):
                    return None  # from here on everything is as it was
                after_change = after_change or (seq > changed[-1] and judge.state is not before)
            seq += 1
        return judge.state

    def _run_begins(self, seq: int) -> int:
        """A seq before which no run began that ``seq`` may be in."""
        presses = (
            select(tap.c.seq, tap.c.boot, tap.c.uptime_ms, tap.c.utc_ms)
            .where(*self._these, tap.c.seq < seq, *_is_press)
            .order_by(tap.c.seq.desc())
        )
        begins, later = seq, None
        for row in self._connection.execute(presses.execution_options(yield_per=_PAGE)):
            press = Moment(*row[1:])
            if later is not None and not 0 <= since(later, press) < _LONGEST_PAUSE_MS:
                break
            begins, later = row.seq, press
        return begins

    def _counted_before(self, seq: int, begins_utc_ms: int | None) -> State:
        counted = (
            select(tap.c.boot, tap.c.uptime_ms, tap.c.utc_ms)
            .where(*self._these, tap.c.seq < seq, *_is_press, tap.c.verdict == int(Verdict.COUNTED))
            .order_by(tap.c.seq.desc())
            .limit(1)
        )
        row = self._connection.execute(counted).first()
        if row is not None:
            return State(Moment(*row), None, 0)
        return NOTHING_YET if self._sealed else begun_after(begins_utc_ms)  # a pause lies at the seal


def _forgets(before: State, after: State) -> bool:
    """Whether a counted tap that turned one into the other left nothing of what was before: it began another run."""
    return after.pressed is None or (after.run == 1 and before.run > 0)
