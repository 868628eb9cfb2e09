"""Deliveries into the store, and the answers that may be sent once they are in it.

One list of deliveries is one transaction: registry read, journals locked, taps absorbed and settled, rollups, marks,
presence, quarantine. The answers are made after the commit, since they say that it happened. A delivery whose fate is
not known (the commit's answer was lost) is simply taken again: everything here may be repeated.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select

from collector.answers import answer
from collector.answers.answer import Reply
from collector.answers.orders import OpenOrders
from collector.database import store
from collector.database.rows import insert_all, insert_new
from collector.database.tables import kiosk_state, tap
from collector.database.written import Chosen
from collector.days.rollup import Rollup
from collector.intake import marks, quarantine, trial
from collector.intake.allowance import Allowance
from collector.intake.delivery import Arrival, Delivery, read
from collector.intake.journal import Journal
from collector.intake.known import Known
from collector.intake.metrics import Metrics, Tally
from collector.kiosks import alive, flood, presence
from collector.kiosks.flood import Flood
from collector.kiosks.presence import Presence
from collector.registration import guests
from wire.messages import FACE_UNREADABLE, Health, State, Taps
from wire.rejected import Rejected

# Locked before the journals, by every collector: what two of them learn of a kiosk at once must both stay
_states = Chosen(
    select(kiosk_state)
    .where(kiosk_state.c.kiosk.in_(bindparam("keys", expanding=True)))
    .order_by(kiosk_state.c.kiosk)
    .with_for_update()
)


RESEND_EVERY_S = 20
"""At most one command to resend a journal in that time. Batches that were on their way say the same once more each; a
kiosk that lost the command sends its oldest batch again after 30 s."""


class Ingest:
    """``now_ms`` is the clock (UTC milliseconds); what it raises passes through, and nothing was stored then.

    Safe to use from one thread at a time.
    """

    def __init__(self, engine: Engine, now_ms: Callable[[], int], metrics: Metrics | None = None) -> None:
        self._engine = engine
        self._writer = store.Writer(engine)
        self._now_ms = now_ms
        self.metrics = metrics or Metrics()
        self._resends = Allowance(1 / RESEND_EVERY_S, 1)
        self._known = Known()
        self.looked_back: Mapping[str, int] = {}
        """Of the latest transaction, by kiosk: rows that were looked at again, since something came late."""

    def take(self, deliveries: Iterable[Sequence[Any]]) -> list[Reply]:
        """Stores ``deliveries``, each a Delivery or its first fields (topic, payload); the answers to publish.

        All or nothing. Bad input never raises; what the database raises passes through, and nothing was stored then.
        """
        with _garbage_waiting():
            arrivals = [read(d if isinstance(d, Delivery) else Delivery(*d)) for d in deliveries]
            now_ms = self._now_ms()
            with self._writing(now_ms) as work:
                work.load(arrivals)
                for arrival in arrivals:
                    work.take(arrival)
                work.write()
        self.looked_back = work.tally.looked_back
        self.metrics.add(work.tally, self._now_ms())
        return work.answers(self._now_ms())

    def condemn(self, delivery: Delivery, reason: str) -> list[Reply]:
        """Quarantines a delivery that the store refuses for what it says, and tells the kiosk."""
        arrival = read(delivery)
        why = Rejected("poison", "", reason)
        now_ms = self._now_ms()
        with self._writing(now_ms) as work:
            work.load([arrival])
            work.take(arrival._replace(message=why))
            work.write()
        self.metrics.add(work.tally, self._now_ms())
        return work.answers(self._now_ms())

    def prove(self) -> None:
        """Takes what is known to be right, of a kiosk that nobody has, and takes it back.

        Raises what the store or the clock raises: then it refuses whatever a kiosk says.
        """
        now_ms = self._now_ms()
        with store.undone(self._engine) as connection:
            trial.furnish(connection, now_ms)
            arrivals = trial.said(now_ms)
            work = _Transaction(connection, now_ms, self._resends, Known())
            work.load(arrivals)
            for arrival in arrivals:
                work.take(arrival)
            work.write()

    @contextmanager
    def _writing(self, now_ms: int) -> Iterator["_Transaction"]:
        with self._writer.writing() as (connection, state):
            self._known.begin(state)
            yield _Transaction(connection, now_ms, self._resends, self._known)

    def rest(self) -> None:
        """Gives back what it keeps of the database until it is asked for more."""
        self._writer.rest()

    def flag(self, floods: Iterable[Flood]) -> None:
        """Notes at each kiosk of the registry that it floods. Raises what the database or the clock raises."""
        now_ms = self._now_ms()
        with store.writing(self._engine) as connection:
            flood.keep(connection, floods, now_ms)


@contextmanager
def _garbage_waiting() -> Iterator[None]:
    """No search for cycles meanwhile: what a transaction makes lives until its end, and to look through it time and
    again took a sixth of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Transaction:
    """Everything between BEGIN and COMMIT, and the answers it earns."""

    def __init__(self, connection: Connection, now_ms: int, resends: Allowance, known: Known) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._resends = resends
        self._known = known
        self._orders: OpenOrders | None = None
        self._kiosks: dict[str, Any] = {}
        self._presences: dict[str, Presence] = {}
        self._journals: dict[tuple[str, str], Journal] = {}
        self._uptimes: dict[tuple[str, str], int] = {}  # of the latest message that a stored ack answers
        self._acked: dict[tuple[str, str], int] = {}  # the highest mark that the kiosk says it was told
        self._refusals: list[tuple[str, str, int, int | None, Rejected]] = []
        self._stale_config: set[str] = set()
        self._refused = quarantine.Refused()
        self._rollup = Rollup()
        self.tally = Tally()

    def load(self, arrivals: list[Arrival]) -> None:
        """What the registry says now, so that what was registered a moment ago holds; locks the journals."""
        names = {arrival.kiosk for arrival in arrivals if arrival.kiosk}
        if not names:
            return
        self._kiosks = self._known.kiosks(self._connection, names)
        live = sorted(name for name, row in self._kiosks.items() if row["retired_utc_ms"] is None)
        self._presences = {name: Presence(name, state) for name, state in self._states(live).items()}
        wanted = {(a.kiosk, journal) for a in arrivals if a.kiosk in self._presences for journal in self._touched(a)}
        self._lock(sorted(wanted))
        spoke = {a.kiosk for a in arrivals if a.kiosk in self._presences and _speaks_of_itself(a.message)}
        if spoke:
            self._orders = OpenOrders.of(self._connection, self._now_ms, spoke)

    def _states(self, names: list[str]) -> dict[str, Any]:
        """The locked rows of ``kiosk_state``, made where they are missing: what is not there cannot be locked."""
        rows = _states.among(self._connection, names).mappings().all()
        if len(rows) < len(names):
            missing = sorted(set(names) - {row["kiosk"] for row in rows})
            insert_new(self._connection, kiosk_state, [{"kiosk": name, "online": False} for name in missing])
            rows = _states.among(self._connection, names).mappings().all()
        return {row["kiosk"]: row for row in rows}

    def _touched(self, arrival: Arrival) -> list[str]:
        message = arrival.message
        if isinstance(message, Taps | Health) or (isinstance(message, State) and message.online):
            return [message.journal]
        return []

    def _lock(self, wanted: list[tuple[str, str]]) -> None:
        if not wanted:
            return
        rows = marks.locked(self._connection, wanted)
        whereabouts = self._known.whereabouts(self._connection, {kiosk for kiosk, _ in wanted})
        today = self._known.today(self._connection)
        for row in rows:
            there = whereabouts[row.kiosk]
            self._journals[row.kiosk, row.journal] = Journal(
                self._connection, row, there, self._known.doors, today, self._rollup
            )

    def take(self, arrival: Arrival) -> None:
        """One delivery: to its journal, its kiosk's presence, or quarantine."""
        delivery, name, leaf, message = arrival
        if leaf == "state" and not delivery.payload and delivery.size == 0:
            return  # how a retained message is removed from a broker
        kiosk = self._kiosks.get(name)
        if kiosk is None and guests.is_guest(name):
            return  # an experiment of `hymio doctor`
        if delivery.retained and name and (kiosk is None or kiosk["retired_utc_ms"] is not None):
            return  # lies at the broker from when there was such a kiosk, and comes again at every connection
        if kiosk is None:
            if name:
                message = Rejected("unknown_kiosk", "", "no kiosk of that name is registered")
            self._quarantine(None, delivery, message)
        elif kiosk["retired_utc_ms"] is not None:
            if _is_goodbye(message):
                return  # the broker's word, when its account ends
            self._quarantine(name, delivery, Rejected("retired_kiosk", "", "the kiosk was retired"))
        elif isinstance(message, Rejected):
            self._refuse(name, leaf, delivery, message)
        else:
            if not delivery.retained and not _is_goodbye(message):
                self._presences[name].seen(self._now_ms)
            self._heed(name, kiosk, delivery, message)

    def _heed(self, name: str, kiosk: Any, delivery: Delivery, message: object) -> None:
        there = self._presences[name]
        if isinstance(message, Taps):
            self._journals[name, message.journal].absorb(message, self._now_ms)
            there.taps(message)
            there.lived(alive.proven_by_taps(message, self._now_ms))
            self._answer_to(name, message.journal, message.uptime_ms, message.acked)
        elif isinstance(message, State) and message.online:
            there.lived(alive.proven_by_birth(message, self._now_ms, delivery.retained))
            if there.birth(message, self._now_ms, delivery.retained) and self._orders is not None:
                self._orders.born(name, message)
            self._journals[name, message.journal].hold(message.held)
            self._journals[name, message.journal].tell(message.last_seq)
            self._answer_to(name, message.journal, message.uptime_ms, message.acked)
            if message.config_version != kiosk["config_version"]:
                self._stale_config.add(name)
        elif isinstance(message, State):
            there.will(message, self._now_ms, delivery.retained)
        elif isinstance(message, Health):
            there.lived(alive.proven_by_health(message, self._now_ms, delivery.retained))
            there.health(message, delivery.payload, self._now_ms)
            self._journals[name, message.journal].tell(message.last_seq)
            self._was_told(name, message.journal, message.acked)
            if self._orders is not None:
                self._orders.told(name, there.boot, message)

    def _answer_to(self, kiosk: str, journal: str, uptime_ms: int, acked: int) -> None:
        self._uptimes[kiosk, journal] = uptime_ms
        self._was_told(kiosk, journal, acked)

    def _was_told(self, kiosk: str, journal: str, acked: int) -> None:
        self._acked[kiosk, journal] = max(acked, self._acked.get((kiosk, journal), 0))

    def _refuse(self, kiosk: str, leaf: str, delivery: Delivery, why: Rejected) -> None:
        if not delivery.retained:
            self._presences[kiosk].seen(self._now_ms)
        self._quarantine(kiosk, delivery, why)
        if leaf != "taps":
            return
        journal, uptime_ms, first_seq = answer.legible(delivery.payload)
        journal = journal or self._presences[kiosk].journal
        if journal:
            self._refusals.append((kiosk, journal, uptime_ms, first_seq, why))

    def _quarantine(self, kiosk: str | None, delivery: Delivery, why: Any) -> None:
        self._refused.add(kiosk, delivery, why, self._now_ms)
        self.tally.quarantined[why.reason] += 1

    def write(self) -> None:
        """Settles every journal that was touched and writes what changed, always in the same order of tables."""
        rows: list[dict[str, Any]] = []
        for (kiosk, journal), held in self._journals.items():
            missing = held.missing
            if held.mark == 0:
                held.begin_after(self._last_counted_before(held))
            rows += held.settle(self._now_ms)
            self._presences[kiosk].settled(journal, held.mark)
            self.tally.journal(held, held.missing - missing)
            if held.looked_back:
                self.tally.looked_back[kiosk] += held.looked_back
        if rows:
            insert_all(self._connection, tap, rows)
        changed = [values for held in self._journals.values() if (values := held.changed())]
        if changed:
            marks.write(self._connection, changed)
        self._rollup.write(self._connection)
        presence.write(self._connection, self._presences.values())
        if self._orders is not None:
            self._orders.write()
        self._refused.write(self._connection)
        self.tally.stored += sum(row["face"] != FACE_UNREADABLE for row in rows)
        self._marks = self._refused_marks()

    def _last_counted_before(self, begun: Journal) -> int | None:
        """When the kiosk's last counted tap in the journals before this one was pressed; None: none, or not known."""
        here = [held for (kiosk, _), held in self._journals.items() if kiosk == begun.kiosk]
        times = [held.last_counted_utc_ms for held in here if held.id < begun.id]
        ids = [held.id for held in here]
        times.append(marks.last_counted_utc_ms(self._connection, begun.kiosk, begun.id, ids))
        return max((utc_ms for utc_ms in times if utc_ms is not None), default=None)

    def _refused_marks(self) -> dict[tuple[str, str], int]:
        """The marks that the answers to refused batches need and that were not locked for anything else."""
        wanted = {(kiosk, journal) for kiosk, journal, *_ in self._refusals} - self._journals.keys()
        return marks.seen(self._connection, wanted) if wanted else {}

    def answers(self, now_ms: int) -> list[Reply]:
        """To be called after the commit: stored acks first, one a journal, cumulative."""
        replies = []
        for key, uptime_ms in self._uptimes.items():
            replies.append(answer.stored(*key, self._journals[key].mark, uptime_ms, now_ms))
        for key, acked in self._acked.items():
            mark = self._journals[key].mark
            if acked > mark and self._resends.take(" ".join(key), now_ms / 1000):
                replies.append(answer.resend(*key, mark, now_ms))
        for kiosk, journal, uptime_ms, first_seq, why in self._refusals:
            held = self._journals.get((kiosk, journal))
            mark = held.mark if held else self._marks.get((kiosk, journal), 0)
            replies.append(answer.refused(kiosk, journal, mark, uptime_ms, first_seq, why, now_ms))
        for name in sorted(self._stale_config):
            row = self._kiosks[name]
            settings = (row["config_version"], row["idle_light"], row["health_s"], row["channel"])
            replies.append(answer.config(name, *settings))
        return replies + (self._orders.replies if self._orders is not None else [])


def _speaks_of_itself(message: object) -> bool:
    return isinstance(message, Health) or (isinstance(message, State) and message.online)


def _is_goodbye(message: object) -> bool:
    """A Will is the broker's word, and comes when the kiosk has been silent for a while."""
    return isinstance(message, State) and not message.online
