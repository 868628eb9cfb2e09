"""Kiosks that flood are flagged; quarantine is counted, so that it can be bounded in all."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("kiosk_state", sa.Column("flood_utc_ms", sa.BigInteger(), nullable=True))
    op.add_column("kiosk_state", sa.Column("flood_not_taken", sa.Integer(), nullable=True))
    op.create_table(
        "quarantine_tally",
        sa.Column("kiosk", sa.String(32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("forgotten", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kiosk"),
    )
    op.execute(
        "INSERT INTO quarantine_tally (kiosk, rows, bytes, forgotten) "
        "SELECT coalesce(kiosk, ''), count(*), sum(length(payload)), 0 FROM quarantine GROUP BY kiosk"
    )
