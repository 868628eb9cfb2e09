"""Accounts of collectors on a broker whose password file hymio keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "collector_account",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("secret_hash", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
