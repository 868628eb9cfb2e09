"""When the store was last copied, so that somebody is told who waits for nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "last_backup",
        sa.Column("made_utc_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("drilled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("made_utc_ms"),
    )
