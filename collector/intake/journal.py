"""One kiosk's journal during one transaction, under the lock of its ``journal_mark`` row.

1. ``absorb`` takes batches in any order: each tap is new, a duplicate, a better copy, or a conflict.
2. ``settle`` lets the mark pass every seq that is stored or known missing, and only as long as there is no gap; the
   policy decides each tap as the mark passes it.
3. Where a tap turns up below the mark after all (its record had been given up as missing), the taps from there on are
   decided again until nothing changes any more.
4. What turns up below the seal gives up its exact time at once and is decided alone; the others' verdicts stay.

So the numbers depend on what the kiosk sent, never on the order or the company in which it came.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy import bindparam as bound

from collector.database import store
from collector.database.tables import conflict, hole, journal_mark, tap
from collector.days.coarse import coarse
from collector.days.dating import NO_QUESTION, Dated, Whereabouts
from collector.days.rollup import Rollup
from collector.verdict.doors import Doors, DoorsKept
from collector.verdict.judge import Judge, begun_after, columns_of, state_of
from collector.verdict.policy import NOTHING_YET, PRESSES, Moment, State, Verdict, since
from collector.verdict.rules import LIMITS
from collector.verdict.ruling import Rulings, rule, rulings_of
from wire.messages import FACE_UNREADABLE, FLAG_THINNED, Taps

NOT_HELD = "not_held"
UNREADABLE = "unreadable"
_PAGE = 500  # rows of taps read at a time
_NOWHERE = Dated(None, False, None, None, NO_QUESTION)

# looked up at every tap
_TEST, _UNPLACED, _UNREADABLE = Verdict.TEST, Verdict.UNPLACED, Verdict.UNREADABLE

_is_press = (tap.c.verdict.in_([int(verdict) for verdict in PRESSES]), tap.c.flags.op("&")(FLAG_THINNED) == 0)

_select_copies = select(tap.c.seq, tap.c.boot, tap.c.uptime_ms, tap.c.face, tap.c.width_ms).where(
    tap.c.journal_id == bound("of"), tap.c.seq.between(bound("first"), bound("last"))
)
_set_verdict = (
    update(tap).where(tap.c.journal_id == bound("of"), tap.c.seq == bound("at")).values(verdict=bound("becomes"))
)


class Journal:
    """``marked`` is the locked row; ``today``: the doors of what is decided now, among those that are ``kept``.

    Public after absorbing: ``mark``, and the counts of what the batches were.
    """

    def __init__(self, marked: Row[Any], whereabouts: Whereabouts, kept: DoorsKept, today: Doors) -> None:
        self.id: int = marked.id
        self.kiosk: str = marked.kiosk
        self.journal: str = marked.journal
        self.mark: int = marked.mark
        self.missing: int = marked.missing
        self.unplaced: int = marked.unplaced
        self.tested: int = marked.tested
        self.told: int = marked.told
        self._sealed: int = marked.sealed
        self._begins_utc_ms: int | None = marked.begins_utc_ms
        self.duplicates = 0
        self.conflicts = 0
        self._verdicts = [0] * len(Verdict)
        self._highest: int = marked.highest
        self._stored_to: int = marked.highest
        self._ruled: int | None = marked.ruled
        self._doors, self._today = kept, today
        self._judge = Judge(today, state_of(marked))
        self._before = self._state()
        self._whereabouts = whereabouts
        self._held = 1
        self._new: dict[int, dict[str, Any]] = {}
        self._known: dict[tuple[int, int], dict[int, Any]] = {}
        self._better: dict[int, dict[str, Any]] = {}
        self._decided: list[dict[str, int]] = []
        self._holes: list[list[Any]] = []
        self._page: dict[int, dict[str, Any]] = {}
        self._page_to = 0

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """How many taps the mark has passed, by what became of them."""
        return {Verdict(n): taps for n, taps in enumerate(self._verdicts) if taps}

    @property
    def last_counted_utc_ms(self) -> int | None:
        """When its last counted tap was pressed; None where there is none, or its time is not known."""
        counted = self._judge.state.counted
        return counted.utc_ms if counted else None

    def begin_after(self, utc_ms: int | None) -> None:
        """None of its taps is decided: the response interval runs from the kiosk's last counted tap, at ``utc_ms``."""
        self._begins_utc_ms = utc_ms
        self._judge.state = begun_after(utc_ms)

    def hold(self, seq: int) -> None:
        """The kiosk says that it has no tap below ``seq`` any more."""
        self._held = max(self._held, seq)

    def tell(self, seq: int) -> None:
        """The kiosk says that it has given every seq up to this one."""
        self.told = max(self.told, seq)

    def absorb(self, connection: Connection, batch: Taps, now_ms: int) -> None:
        """Takes one batch in. Writes only conflicts; the rest is written by ``settle``."""
        self.hold(batch.held)
        last = batch.first_seq + len(batch.taps) - 1
        known = self._stored(connection, batch.first_seq, last)
        for row in self._rows(batch, now_ms):
            seq = row["seq"]
            stored = self._better.get(seq) or self._new.get(seq) or known.get(seq)
            if stored is None and seq > self.mark:
                self._new[seq] = self._kept(row)
            elif stored is None and row["face"] == FACE_UNREADABLE:
                self.duplicates += 1  # in a hole below the mark: known missing already
            elif stored is None or self._improves(row, stored):
                self._improve(seq, self._kept(row))
            elif _agree(stored, row):
                self.duplicates += 1
            else:
                self.conflicts += 1
                self._keep_conflict(connection, row, now_ms)
        self._highest = max(self._highest, last)
        self.tell(last)

    def settle(self, connection: Connection, rollup: Rollup, now_ms: int) -> list[dict[str, Any]]:
        """Advances the mark and writes what that settles, except the new rows of ``tap``: those are returned."""
        if self._better:
            self._decide_again(connection, rollup)
        before = self.mark
        self._advance(connection, rollup)
        if self.mark > before and self._ruled != self._today.version:
            rule(connection, self.id, before + 1, self._today.version)
            self._ruled = self._today.version
        if self._decided:
            connection.execute(_set_verdict, self._decided)
        if self._holes:
            connection.execute(
                insert(hole),
                [
                    {"journal_id": self.id, "from_seq": a, "to_seq": b, "reason": reason, "found_utc_ms": now_ms}
                    for a, b, reason in self._holes
                ],
            )
        return list(self._new.values())

    def changed(self) -> dict[str, Any] | None:
        """The values for the journal's row, or None when they are as they were."""
        if self._state() == self._before:
            return None
        return {
            "of": self.id,
            "to_mark": self.mark,
            "to_highest": self._highest,
            "to_begins_utc_ms": self._begins_utc_ms,
            "to_missing": self.missing,
            "to_unplaced": self.unplaced,
            "to_tested": self.tested,
            "to_told": self.told,
            "to_ruled": self._ruled,
            **columns_of(self._judge.state),
        }

    def _state(self) -> tuple[Any, ...]:
        counts = (self.missing, self.unplaced, self.tested, self.told)
        return self.mark, self._highest, self._begins_utc_ms, counts, self._ruled, self._judge.state

    def _rows(self, batch: Taps, now_ms: int) -> Iterator[dict[str, Any]]:
        dates = self._whereabouts.date(batch, now_ms)
        for i, (face, uptime_ms, flags) in enumerate(batch.taps):
            dated = dates[i] if face != FACE_UNREADABLE else _NOWHERE
            yield {
                "journal_id": self.id,
                "seq": batch.first_seq + i,
                "boot": batch.boot,
                "uptime_ms": uptime_ms,
                "face": face,
                "flags": flags,
                "width_ms": batch.width_ms if flags & FLAG_THINNED else 0,
                "utc_ms": dated.utc_ms,
                "estimated": dated.estimated,
                "day": dated.day,
                "service_point_id": dated.service_point_id,
                "question_id": dated.question_id,
                "verdict": None,
            }

    def _stored(self, connection: Connection, first: int, last: int) -> dict[int, Any]:
        """Those of the seqs that were there before this transaction. A batch that was sent again is asked for once."""
        if first > self._stored_to:
            return {}
        known = self._known.get((first, last))
        if known is None:
            rows = connection.execute(_select_copies, {"of": self.id, "first": first, "last": last})
            known = self._known[first, last] = {row["seq"]: row for row in rows.mappings()}
        return known

    def _kept(self, row: dict[str, Any]) -> dict[str, Any]:
        """As it is stored: below the seal without its exact time."""
        return row if row["seq"] > self._sealed else coarse(row)

    def _keep_conflict(self, connection: Connection, row: dict[str, Any], now_ms: int) -> None:
        kept = self._kept({name: row[name] for name in ("journal_id", "seq", "boot", "uptime_ms", "face")})
        store.insert_new(connection, conflict, {**kept, "received_utc_ms": now_ms})

    def _improves(self, row: dict[str, Any], stored: Any) -> bool:
        """Whether a copy says more than the stored one: a face where none could be read, a time where a span was.

        Below the seal nothing has a time any more.
        """
        if stored["face"] == FACE_UNREADABLE:
            return bool(row["face"] != FACE_UNREADABLE)
        exact = stored["width_ms"] and not row["width_ms"] and row["seq"] > self._sealed
        return bool(exact and row["face"] and _agree(stored, row))

    def _improve(self, seq: int, row: dict[str, Any]) -> None:
        if seq in self._new:
            self._new[seq] = row
        else:
            self._better[seq] = row

    def _advance(self, connection: Connection, rollup: Rollup) -> None:
        while True:
            seq = self.mark + 1
            row = self._new.get(seq) or self._waiting(connection, seq)
            if row is not None:
                self._pass(connection, row, rollup, self._judge)
                self.mark = seq
            elif seq < self._held:
                self.mark = min(self._held, self._next_stored(connection, seq)) - 1
                self._miss(seq, self.mark, NOT_HELD)
            else:
                return

    def _pass(self, connection: Connection, row: dict[str, Any], rollup: Rollup, judge: Judge) -> None:
        if row["seq"] <= self._sealed:  # its time is a span
            verdict = judge.decide(connection, {**row, "flags": row["flags"] | FLAG_THINNED})
        else:
            verdict = judge.decide(connection, row)
        if row["seq"] in self._new:
            row["verdict"] = int(verdict)
        else:
            self._decided.append({"of": self.id, "at": row["seq"], "becomes": int(verdict)})
        self._verdicts[verdict] += 1
        self._count(rollup, row, verdict, 1)
        if verdict is _UNREADABLE:
            self._miss(row["seq"], row["seq"], UNREADABLE)

    def _waiting(self, connection: Connection, seq: int) -> dict[str, Any] | None:
        """The row of ``seq`` among those stored out of order before this transaction."""
        if seq > self._stored_to:
            return None
        if seq > self._page_to:
            rows = self._from(connection, seq)
            self._page = {row["seq"]: row for row in rows}
            self._page_to = rows[-1]["seq"] if len(rows) == _PAGE else self._stored_to
        return self._page.get(seq)

    def _from(self, connection: Connection, seq: int) -> list[Any]:
        rows = select(tap).where(tap.c.journal_id == self.id, tap.c.seq >= seq).order_by(tap.c.seq).limit(_PAGE)
        return list(connection.execute(rows).mappings())

    def _next_stored(self, connection: Connection, seq: int) -> int:
        """The lowest seq above ``seq`` that is there; beyond all of them where none is."""
        later = [new for new in self._new if new > seq]
        if seq <= self._stored_to:
            rows = select(tap.c.seq).where(tap.c.journal_id == self.id, tap.c.seq > seq).order_by(tap.c.seq).limit(1)
            later.extend(connection.execute(rows).scalars())
        return min(later, default=self._held)

    def _miss(self, first: int, last: int, reason: str) -> None:
        self.missing += last - first + 1
        if self._holes and self._holes[-1][1] == first - 1 and self._holes[-1][2] == reason:
            self._holes[-1][1] = last
        else:
            self._holes.append([first, last, reason])

    def _decide_again(self, connection: Connection, rollup: Rollup) -> None:
        """Stores the better copies, then decides from the first of them on until the verdicts are the old ones."""
        seqs = sorted(self._better)
        these = (tap.c.journal_id == self.id, tap.c.seq.in_(seqs))
        for poorer in connection.execute(select(tap).where(*these)).mappings():
            if poorer["verdict"] is not None:
                self._count(rollup, poorer, Verdict(poorer["verdict"]), -1)
        connection.execute(delete(tap).where(*these))
        connection.execute(insert(tap), list(self._better.values()))
        below = [seq for seq in seqs if seq <= self.mark]
        for seq in below:
            self._fill(connection, seq)
        if not below:
            return
        rulings = rulings_of(connection, self.id)
        for seq in below:
            if seq <= self._sealed:
                judge = Judge(self._doors_of(connection, rulings, seq))
                self._pass(connection, self._better[seq], rollup, judge)
        exact = [seq for seq in below if seq > self._sealed]
        if exact:
            self._replay(connection, rollup, rulings, exact[0], exact[-1])

    def _doors_of(self, connection: Connection, rulings: Rulings, seq: int) -> Doors:
        """Those that ``seq``, below the mark, was decided by."""
        return self._doors.of(connection, rulings.of(seq) or self._today.version)

    def _replay(self, connection: Connection, rollup: Rollup, rulings: Rulings, first: int, last_changed: int) -> None:
        """Under the rules that decided each stretch: what a late copy changes is not a change of rules."""
        judge = Judge(self._today)
        seq, after_change = self._run_begins(connection, first), False
        judge.state = self._counted_before(connection, seq)
        while rows := self._from(connection, seq):
            for row in rows:
                seq = row["seq"]
                if seq > self.mark:
                    break
                judge.doors = self._doors_of(connection, rulings, seq)
                before, verdict, was = judge.state, judge.decide(connection, row), row["verdict"]
                if verdict != was:
                    self._decided.append({"of": self.id, "at": seq, "becomes": int(verdict)})
                    self._count(rollup, row, verdict, 1)
                    if was is not None:
                        self._count(rollup, row, Verdict(was), -1)
                elif after_change and verdict == Verdict.COUNTED and _forgets(before, judge.state):
                    return  # from here on everything is as it was
                after_change = after_change or (seq > last_changed and judge.state is not before)
            seq += 1
        self._judge.state = judge.state

    def _run_begins(self, connection: Connection, seq: int) -> int:
        """A seq before which no run began that ``seq`` may be in."""
        presses = (
            select(tap.c.seq, tap.c.boot, tap.c.uptime_ms, tap.c.utc_ms)
            .where(tap.c.journal_id == self.id, tap.c.seq < seq, tap.c.seq > self._sealed, *_is_press)
            .order_by(tap.c.seq.desc())
        )
        begins, later = seq, None
        for row in connection.execute(presses.execution_options(yield_per=_PAGE)):
            press = Moment(*row[1:])
            if later is not None and not 0 <= since(later, press) < LIMITS["burst_pause_ms"][1]:
                break
            begins, later = row.seq, press
        return begins

    def _counted_before(self, connection: Connection, seq: int) -> State:
        counted = (
            select(tap.c.boot, tap.c.uptime_ms, tap.c.utc_ms)
            .where(tap.c.journal_id == self.id, tap.c.seq < seq, tap.c.seq > self._sealed, *_is_press)
            .where(tap.c.verdict == int(Verdict.COUNTED))
            .order_by(tap.c.seq.desc())
            .limit(1)
        )
        row = connection.execute(counted).first()
        if row is not None:
            return State(Moment(*row), None, 0)
        return NOTHING_YET if self._sealed else begun_after(self._begins_utc_ms)  # a pause lies at the seal

    def _count(self, rollup: Rollup, row: Any, verdict: Verdict, count: int) -> None:
        if verdict is _UNPLACED:
            self.unplaced += count
        elif verdict is _TEST:
            self.tested += count
        rollup.decided(self.id, row["day"], verdict, count)
        rollup.add(
            verdict,
            row["face"],
            row["utc_ms"],
            row["estimated"],
            row["day"],
            row["service_point_id"],
            row["question_id"],
            count,
        )

    def _fill(self, connection: Connection, seq: int) -> None:
        """Takes one seq out of the hole it was in."""
        covering = (hole.c.journal_id == self.id, hole.c.from_seq <= seq, hole.c.to_seq >= seq)
        row = connection.execute(select(hole).where(*covering)).mappings().first()
        if row is None:
            return
        connection.execute(delete(hole).where(*covering))
        rest = [(row["from_seq"], seq - 1), (seq + 1, row["to_seq"])]
        left = [{**row, "from_seq": a, "to_seq": b} for a, b in rest if a <= b]
        if left:
            connection.execute(insert(hole), left)
        self.missing -= 1


_state: dict[str, Any] = {
    name: bound(f"to_{name}")
    for name in (
        "counted_boot", "counted_uptime_ms", "counted_utc_ms", "pressed_boot", "pressed_uptime_ms", "pressed_utc_ms",
        "run", "ruled",
    )
}  # fmt: skip

write_mark = (
    update(journal_mark)
    .where(journal_mark.c.id == bound("of"))
    .values(
        mark=bound("to_mark"),
        highest=bound("to_highest"),
        begins_utc_ms=bound("to_begins_utc_ms"),
        missing=bound("to_missing"),
        unplaced=bound("to_unplaced"),
        tested=bound("to_tested"),
        told=bound("to_told"),
        **_state,
    )
)
"""Takes the values of ``Journal.changed``, for many journals at once."""

write_state = (
    update(journal_mark)
    .where(journal_mark.c.id == bound("of"))
    .values(
        begins_utc_ms=bound("to_begins_utc_ms"),
        unplaced=bound("to_unplaced"),
        tested=bound("to_tested"),
        **_state,
    )
)
"""Of one journal, what the policy makes of its taps; the mark stays."""


def _forgets(before: State, after: State) -> bool:
    """Whether a counted tap that turned one into the other left nothing of what was before: it began another run."""
    return after.pressed is None or (after.run == 1 and before.run > 0)


def _agree(stored: Any, row: dict[str, Any]) -> bool:
    """Whether two copies are of one tap: same boot and face, and times that overlap (a thinned one is a span).

    An unreadable copy agrees with whatever is stored.
    """
    if row["face"] == FACE_UNREADABLE:
        return True
    if stored["boot"] != row["boot"] or stored["face"] != row["face"]:
        return False
    apart = row["uptime_ms"] - stored["uptime_ms"]
    return -row["width_ms"] <= apart <= stored["width_ms"]
