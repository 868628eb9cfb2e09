"""One kiosk's journal during one transaction, under the lock of its ``journal_mark`` row.

1. ``absorb`` takes batches in any order: each tap is new, a duplicate, a better copy, or a conflict (copies.py).
2. ``settle`` lets the mark pass every seq that is stored or known missing, and only as long as there is no gap; the
   policy decides each tap as the mark passes it.
3. Where a tap turns up below the mark after all (its record had been given up as missing), the taps from there on are
   decided again until nothing changes any more (replay.py).
4. What turns up below the seal gives up its exact time at once and is decided alone; the others' verdicts stay.

So the numbers depend on what the kiosk sent, never on the order or the company in which it came.
"""

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from collector.database.tables import tap
from collector.days.dating import Whereabouts
from collector.days.rollup import Rollup
from collector.intake.copies import Copies
from collector.intake.decisions import Decisions
from collector.intake.holes import NOT_HELD, UNREADABLE, Holes
from collector.intake.replay import Replay
from collector.intake.shelf import Shelf
from collector.verdict.doors import Doors, DoorsKept
from collector.verdict.judge import Judge, begun_after, columns_of, state_of
from collector.verdict.policy import Verdict
from collector.verdict.ruling import rule
from wire.messages import FLAG_THINNED, Taps

_UNREADABLE = Verdict.UNREADABLE  # looked up at every tap
_NO_VERDICTS = [0] * len(Verdict)


class Journal:
    """``marked`` is the locked row; ``today``: the doors of what is decided now, among those that are ``kept``.

    ``rollup`` is given what the policy decides. ``mark`` rises as taps are settled; ``verdicts`` is how many it has
    passed of each.
    """

    def __init__(
        self,
        connection: Connection,
        marked: Row[Any],
        whereabouts: Whereabouts,
        kept: DoorsKept,
        today: Doors,
        rollup: Rollup,
    ) -> None:
        self.id: int = marked.id
        self.kiosk: str = marked.kiosk
        self.journal: str = marked.journal
        self.mark: int = marked.mark
        self._connection = connection
        self._told: int = marked.told
        self._sealed: int = marked.sealed
        self._highest: int = marked.highest
        self._begins_utc_ms: int | None = marked.begins_utc_ms
        self._held = 1
        self._shelf = Shelf(connection, marked.id, marked.highest)
        self._copies = Copies(marked.id, marked.sealed, self._shelf, whereabouts)
        self._holes = Holes(marked.id, marked.missing)
        self._decisions = Decisions(marked.id, marked.unplaced, marked.tested, rollup)
        self._ruled: int | None = marked.ruled
        self._doors, self._today = kept, today
        self._judge = Judge(today, state_of(marked))
        self.verdicts = _NO_VERDICTS.copy()
        self.looked_back = 0
        """How many rows below the mark were looked at, since something came late."""
        self._before = self._state()

    @property
    def duplicates(self) -> int:
        """How many taps came that were there already."""
        return self._copies.duplicates

    @property
    def conflicts(self) -> int:
        """How many taps came whose key another one has."""
        return self._copies.conflicts

    @property
    def missing(self) -> int:
        """How many seqs up to the mark are given up."""
        return self._holes.missing

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
        self._told = max(self._told, seq)

    def absorb(self, batch: Taps, now_ms: int) -> None:
        """Takes one batch in. Writes only conflicts; the rest is written by ``settle``."""
        last = batch.first_seq + len(batch.taps) - 1
        self._copies.absorb(self._connection, batch, last, self.mark, now_ms)
        if batch.held > self._held:  # as in ``hold`` and ``tell``, without their calls: this is done for every message
            self._held = batch.held
        if last > self._highest:
            self._highest = last
        if last > self._told:
            self._told = last

    def settle(self, now_ms: int) -> list[dict[str, Any]]:
        """Advances the mark and writes what that settles, except the new rows of ``tap``: those are returned."""
        if self._copies.better:
            self._better()
        before = self.mark
        self._advance()
        if self.mark > before and self._ruled != self._today.version:
            rule(self._connection, self.id, before + 1, self._today.version)
            self._ruled = self._today.version
        self._decisions.write(self._connection)
        self._holes.write(self._connection, now_ms)
        return list(self._copies.new.values())

    def changed(self) -> dict[str, Any] | None:
        """The values for the journal's row, or None when they are as they were."""
        if self._state() == self._before:
            return None
        return {
            "of": self.id,
            "to_mark": self.mark,
            "to_highest": self._highest,
            "to_begins_utc_ms": self._begins_utc_ms,
            "to_missing": self._holes.missing,
            "to_unplaced": self._decisions.unplaced,
            "to_tested": self._decisions.tested,
            "to_told": self._told,
            "to_ruled": self._ruled,
            **columns_of(self._judge.state),
        }

    def _state(self) -> tuple[Any, ...]:
        counts = (self._holes.missing, self._decisions.unplaced, self._decisions.tested, self._told)
        return self.mark, self._highest, self._begins_utc_ms, counts, self._ruled, self._judge.state

    def _advance(self) -> None:
        new, shelf = self._copies.new, self._shelf
        while True:
            seq = self.mark + 1
            row = new.get(seq) or shelf.at(seq)
            if row is not None:
                self._pass(row, self._judge)
                self.mark = seq
            elif seq < self._held:
                self.mark = min(self._held, self._next_stored(seq)) - 1
                self._holes.miss(seq, self.mark, NOT_HELD)
            else:
                return

    def _pass(self, row: Any, judge: Judge) -> None:
        seq = row["seq"]
        if seq <= self._sealed:  # its time is a span
            verdict = judge.decide(self._connection, {**row, "flags": row["flags"] | FLAG_THINNED})
        else:
            verdict = judge.decide(self._connection, row)
        if seq in self._copies.new:
            row["verdict"] = int(verdict)
        else:
            self._decisions.change(seq, verdict)
        self.verdicts[verdict] += 1
        self._decisions.count(row, verdict, 1)
        if verdict is _UNREADABLE:
            self._holes.miss(seq, seq, UNREADABLE)

    def _next_stored(self, seq: int) -> int:
        """The lowest seq above ``seq`` that is there; beyond all of them where none is."""
        later = [new for new in self._copies.new if new > seq]
        stored = self._shelf.after(seq)
        return min(later if stored is None else [*later, stored], default=self._held)

    def _better(self) -> None:
        """Stores the better copies; those of taps that were decided are decided again, with what follows from them."""
        seqs = sorted(self._copies.better)
        self._replace(seqs)
        below = [seq for seq in seqs if seq <= self.mark]
        if not below:
            return
        for seq in below:
            self._holes.fill(self._connection, seq)
        replay = Replay(self._connection, self.id, self._sealed, self._doors, self._today)
        for seq in below:
            if seq <= self._sealed:
                self._pass(self._copies.better[seq], Judge(replay.doors_of(seq)))
        exact = [seq for seq in below if seq > self._sealed]
        state = replay.run(self._decisions, exact, self.mark, self._begins_utc_ms) if exact else None
        self.looked_back += replay.rows
        if state is not None:
            self._judge.state = state

    def _replace(self, seqs: list[int]) -> None:
        these = (tap.c.journal_id == self.id, tap.c.seq.in_(seqs))
        for poorer in self._connection.execute(select(tap).where(*these)).mappings():
            if poorer["verdict"] is not None:
                self._decisions.count(poorer, Verdict(poorer["verdict"]), -1)
        self._connection.execute(delete(tap).where(*these))
        self._connection.execute(insert(tap), list(self._copies.better.values()))
