"""The orders that are still open, found without a look at those that are not."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_IS_OPEN = sa.text("outcome IS NULL")


def upgrade() -> None:
    op.create_index("kiosk_order_open", "kiosk_order", ["id"], sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)
