"""What became of each journal's taps, a local day; the kiosk's own counter; troubles that were seen."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_UNREADABLE = 4  # collector.verdict.policy.Verdict at this revision


def upgrade() -> None:
    op.create_table(
        "journal_day",
        sa.Column("journal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("verdict", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("taps", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journal_mark.id"]),
        sa.PrimaryKeyConstraint("journal_id", "day", "verdict"),
        sqlite_with_rowid=False,
    )
    op.add_column("journal_mark", sa.Column("told", sa.Integer(), server_default="0", nullable=False))
    for table in ("hole", "conflict", "quarantine"):
        op.add_column(table, sa.Column("seen_utc_ms", sa.BigInteger(), nullable=True))
    _count_days()
    _tell()


def _count_days() -> None:
    taps = sa.table("tap", sa.column("journal_id"), sa.column("day", sa.Date), sa.column("verdict"))
    names = ("journal_id", "day", "verdict", "taps")
    days = sa.table("journal_day", *[sa.column(name) for name in names])
    day = sa.func.coalesce(taps.c.day, sa.literal(date.min, sa.Date))
    counted = (
        sa.select(taps.c.journal_id, day, taps.c.verdict, sa.func.count())
        .where(taps.c.verdict.is_not(None), taps.c.verdict != _UNREADABLE)
        .group_by(taps.c.journal_id, day, taps.c.verdict)
    )
    op.execute(days.insert().from_select(names, counted))


def _tell() -> None:
    """What a kiosk was last heard to say of its counter is of the journal that it writes now."""
    marks = sa.table("journal_mark", *[sa.column(name) for name in ("kiosk", "journal", "highest", "told", "mark")])
    states = sa.table("kiosk_state", *[sa.column(name) for name in ("kiosk", "journal", "last_seq")])
    same = (states.c.kiosk == marks.c.kiosk, states.c.journal == marks.c.journal)
    said = sa.select(states.c.last_seq).where(*same).scalar_subquery()
    here = sa.case((marks.c.highest > marks.c.mark, marks.c.highest), else_=marks.c.mark)
    op.execute(marks.update().values(told=here))
    op.execute(marks.update().where(said > marks.c.told).values(told=said))
