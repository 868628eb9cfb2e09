"""Firmware on offer, orders to kiosks, a kiosk's last trouble, test taps told by kiosk."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TEST = 2  # collector.verdict.policy.Verdict at this revision


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("version", sa.String(24), nullable=False),
        sa.Column("offered_utc_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "release_file",
        sa.Column("version", sa.String(24), nullable=False),
        sa.Column("path", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["release.version"]),
        sa.PrimaryKeyConstraint("version", "path"),
    )
    op.create_table(
        "kiosk_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("command", sa.String(8), nullable=False),
        sa.Column("kiosk", sa.String(32), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("turned_on", sa.Boolean(), nullable=True),
        sa.Column("version", sa.String(24), nullable=True),
        sa.Column("queued_utc_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_utc_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_utc_ms", sa.BigInteger(), nullable=True),
        sa.Column("sent_boot", sa.Integer(), nullable=True),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("reason", sa.String(96), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("command"),
    )
    op.create_index("kiosk_order_by_kiosk", "kiosk_order", ["kiosk", "id"])
    op.add_column("kiosk_state", sa.Column("error", sa.String(96), nullable=True))
    op.add_column("kiosk_state", sa.Column("error_utc_ms", sa.BigInteger(), nullable=True))
    op.add_column("journal_mark", sa.Column("tested", sa.Integer(), server_default="0", nullable=False))
    taps, marks = sa.table("tap", sa.column("journal_id"), sa.column("verdict")), sa.table("journal_mark", *_columns())
    tested = sa.select(sa.func.count()).where(taps.c.journal_id == marks.c.id, taps.c.verdict == _TEST)
    op.execute(marks.update().values(tested=tested.scalar_subquery()))


def _columns() -> tuple[sa.ColumnClause, ...]:
    return sa.column("id"), sa.column("tested")
