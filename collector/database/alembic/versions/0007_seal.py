"""Up to which seq the taps of a journal have given up their exact times."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("journal_mark", sa.Column("sealed", sa.Integer(), server_default="0", nullable=False))
