"""What is wrong with taps and messages of kiosks: questions and answers for whoever looks after them.

None of it has a time, and outside the demo taps of a kiosk that stands nowhere are told in whole steps.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection, Select, func, select

from collector.database.tables import conflict, hole, journal_mark, quarantine, quarantine_tally, tap
from dashboard.steps import STEP_TAPS

NOTED_MS = 7 * 86_400_000


@dataclass
class Trouble:
    """One kiosk's, or (``refused`` alone) that of whoever is no kiosk in use.

    unplaced: taps stored while it stood nowhere, counted nowhere; a ceiling where ``coarse``. missing: taps known to be
    missing, by reason (``hole.reason``). conflicts: taps that came twice and differed. refused: messages in quarantine,
    from ``kiosk``; newest: the last one's reason and field; forgotten: more of the kind that were not kept. Of missing,
    conflicts and refused what nobody has marked as seen (``dashboard.seen``). by_turns: two boards speak as this kiosk.
    """

    unplaced: int = 0
    coarse: bool = False
    missing: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0
    refused: int = 0
    kiosk: str | None = None
    newest: tuple[str, str] = ("", "")
    forgotten: int = 0
    by_turns: bool = False

    def __bool__(self) -> bool:
        return bool(self.unplaced or self.missing or self.conflicts or self.refused or self.by_turns)


def troubles(connection: Connection, *, now_ms: int, coarse: bool) -> dict[str | None, Trouble]:
    """By kiosk, retired ones among them; None for messages that name no kiosk of the registry."""
    found: dict[str | None, Trouble] = defaultdict(Trouble)
    unplaced = select(journal_mark.c.kiosk, func.sum(journal_mark.c.unplaced)).group_by(journal_mark.c.kiosk)
    for kiosk, taps in connection.execute(unplaced):
        if taps:
            found[kiosk].unplaced = -(-taps // STEP_TAPS) * STEP_TAPS if coarse else taps
            found[kiosk].coarse = coarse
    of_journal = journal_mark.c.id
    missing = (
        select(journal_mark.c.kiosk, hole.c.reason, func.sum(hole.c.to_seq - hole.c.from_seq + 1))
        .join(hole, hole.c.journal_id == of_journal)
        .where(hole.c.seen_utc_ms.is_(None))
        .group_by(journal_mark.c.kiosk, hole.c.reason)
        .order_by(hole.c.reason)
    )
    for kiosk, reason, taps in connection.execute(missing):
        found[kiosk].missing[reason] = taps
    conflicts = (
        select(journal_mark.c.kiosk, func.count())
        .join(conflict, conflict.c.journal_id == of_journal)
        .where(conflict.c.seen_utc_ms.is_(None))
        .group_by(journal_mark.c.kiosk)
    )
    for kiosk, number in connection.execute(conflicts):
        found[kiosk].conflicts = number
    kept = select(func.count().label("number"), func.max(quarantine.c.id).label("newest"))
    of_kiosk = kept.where(quarantine.c.seen_utc_ms.is_(None)).group_by(quarantine.c.kiosk).subquery()
    refused = select(quarantine.c.kiosk, of_kiosk.c.number, quarantine.c.reason, quarantine.c.field).join(
        of_kiosk, of_kiosk.c.newest == quarantine.c.id
    )
    for kiosk, number, reason, where in connection.execute(refused):
        found[kiosk].refused, found[kiosk].newest, found[kiosk].kiosk = number, (reason, where), kiosk
    for kiosk, number in connection.execute(select(quarantine_tally.c.kiosk, quarantine_tally.c.forgotten)):
        if (kiosk or None) in found:
            found[kiosk or None].forgotten = number
    for kiosk in connection.execute(_by_turns(now_ms)).scalars():
        found[kiosk].by_turns = True
    return dict(found)


def _by_turns(now_ms: int) -> Select:
    """Kiosks of which an earlier journal got a tap of late that was pressed after a later one had begun.

    A board never goes back to an earlier journal, so two boards have this kiosk's account. That there were two is
    forgotten after NOTED_MS, by itself.
    """
    earlier, later = journal_mark.alias("earlier"), journal_mark.alias("later")
    known = (tap.c.journal_id == later.c.id, tap.c.utc_ms.is_not(None))
    began_utc_ms = select(tap.c.utc_ms).where(*known).order_by(tap.c.seq).limit(1).correlate(later).scalar_subquery()
    last_utc_ms = earlier.c.counted_utc_ms
    return (
        select(earlier.c.kiosk)
        .join(later, (later.c.kiosk == earlier.c.kiosk) & (later.c.id > earlier.c.id))
        .where(last_utc_ms > now_ms - NOTED_MS, last_utc_ms > began_utc_ms)
        .distinct()
    )
