"""Which rules decided what, runs of presses, and sums of what was set aside as a burst or outside the opening hours."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_BEFORE = 1  # the version that stands for the rules until revision 0004


def upgrade() -> None:
    op.create_table(
        "ruling",
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("from_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journal_mark.id"]),
        sa.PrimaryKeyConstraint("journal_id", "from_seq"),
    )
    for name, kind in (("boot", sa.Integer()), ("uptime_ms", sa.BigInteger()), ("utc_ms", sa.BigInteger())):
        op.add_column("journal_mark", sa.Column(f"pressed_{name}", kind, nullable=True))
    op.add_column("journal_mark", sa.Column("run", sa.Integer(), server_default="0", nullable=False))
    op.add_column("journal_mark", sa.Column("ruled", sa.Integer(), nullable=True))
    for table in ("tap_day", "tap_quarter"):
        for reason in ("aside_burst", "aside_closed"):
            op.add_column(table, sa.Column(reason, sa.Integer(), server_default="0", nullable=False))
    columns = "journal_id, from_seq, version"
    op.execute(f"INSERT INTO ruling ({columns}) SELECT id, 1, {_BEFORE} FROM journal_mark WHERE mark > 0")
    op.execute(f"UPDATE journal_mark SET ruled = {_BEFORE} WHERE mark > 0")
