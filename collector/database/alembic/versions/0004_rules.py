"""What counts, in versions, and when service points are open."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BEGINNING = date.min


def upgrade() -> None:
    rules = op.create_table(
        "rule_set",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("interval_ms", sa.Integer(), nullable=False),
        sa.Column("burst_taps", sa.Integer(), nullable=False),
        sa.Column("burst_pause_ms", sa.Integer(), nullable=False),
        sa.Column("grace_ms", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("set_utc_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "opening_hours",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("exceptional", sa.Boolean(), nullable=False),
        sa.Column("week", sa.Text(), nullable=True),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("told_utc_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["service_point_id"], ["service_point.id"]),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index("ix_opening_hours_service_point_id", "opening_hours", ["service_point_id"])
    op.bulk_insert(rules, _first_versions())


def _first_versions() -> list[dict[str, object]]:
    """Of a new store: hymio's own. Of one with taps: those they were decided under, then hymio's own."""
    ours = {"from_day": _BEGINNING, "interval_ms": 5000, "burst_pause_ms": 10_000}
    now = {**ours, "burst_taps": 10, "grace_ms": 1_800_000, "note": "hymio's own rules"}
    marks = op.get_bind().execute(sa.text("SELECT count(*) FROM journal_mark")).scalar()
    if not marks:
        return [{"version": 1, **now}]
    before = {**ours, "burst_taps": 0, "grace_ms": None, "note": "the response interval alone, as until this upgrade"}
    return [{"version": 1, **before}, {"version": 2, **now}]
