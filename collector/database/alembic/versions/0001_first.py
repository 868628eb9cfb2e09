"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "administrator",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "journal_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kiosk", sa.String(32), nullable=False),
        sa.Column("journal", sa.String(8), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("highest", sa.Integer(), nullable=False),
        sa.Column("counted_boot", sa.Integer(), nullable=True),
        sa.Column("counted_uptime_ms", sa.BigInteger(), nullable=True),
        sa.Column("counted_utc_ms", sa.BigInteger(), nullable=True),
        sa.Column("begins_utc_ms", sa.BigInteger(), nullable=True),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("unplaced", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kiosk", "journal"),
    )
    op.create_table(
        "kiosk",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("secret_hash", sa.String(200), nullable=False),
        sa.Column("added_utc_ms", sa.BigInteger(), nullable=False),
        sa.Column("retired_utc_ms", sa.BigInteger(), nullable=True),
        sa.Column("config_version", sa.Integer(), nullable=False),
        sa.Column("idle_light", sa.Integer(), nullable=False),
        sa.Column("health_s", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "kiosk_state",
        sa.Column("kiosk", sa.String(32), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=True),
        sa.Column("last_seen_utc_ms", sa.BigInteger(), nullable=True),
        sa.Column("firmware", sa.String(24), nullable=True),
        sa.Column("board", sa.String(24), nullable=True),
        sa.Column("journal", sa.String(8), nullable=True),
        sa.Column("boot", sa.Integer(), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=True),
        sa.Column("backlog", sa.Integer(), nullable=True),
        sa.Column("config_version", sa.Integer(), nullable=True),
        sa.Column("health", sa.Text(), nullable=True),
        sa.Column("health_utc_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("kiosk"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_utc_ms", sa.BigInteger(), nullable=False),
        sa.Column("kiosk", sa.String(32), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("quarantine_by_kiosk", "quarantine", ["kiosk", "id"], unique=False)
    op.create_index("quarantine_by_time", "quarantine", ["received_utc_ms"], unique=False)
    op.create_table(
        "tap_day",
        sa.Column("service_point_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("question_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("face_1", sa.Integer(), nullable=False),
        sa.Column("face_2", sa.Integer(), nullable=False),
        sa.Column("face_3", sa.Integer(), nullable=False),
        sa.Column("face_4", sa.Integer(), nullable=False),
        sa.Column("aside_interval", sa.Integer(), nullable=False),
        sa.Column("aside_test", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service_point_id", "day", "question_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tap_quarter",
        sa.Column("service_point_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quarter_utc_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("question_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("face_1", sa.Integer(), nullable=False),
        sa.Column("face_2", sa.Integer(), nullable=False),
        sa.Column("face_3", sa.Integer(), nullable=False),
        sa.Column("face_4", sa.Integer(), nullable=False),
        sa.Column("aside_interval", sa.Integer(), nullable=False),
        sa.Column("aside_test", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service_point_id", "quarter_utc_ms", "question_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("name_fi", sa.String(120), nullable=False),
        sa.Column("name_sv", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("boot", sa.Integer(), nullable=False),
        sa.Column("uptime_ms", sa.BigInteger(), nullable=False),
        sa.Column("face", sa.SmallInteger(), nullable=False),
        sa.Column("received_utc_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal_mark.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("journal_id", "seq", "boot", "uptime_ms", "face"),
    )
    op.create_index(op.f("ix_conflict_journal_id"), "conflict", ["journal_id"], unique=False)
    op.create_table(
        "hole",
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("from_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("to_seq", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("found_utc_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal_mark.id"],
        ),
        sa.PrimaryKeyConstraint("journal_id", "from_seq"),
    )
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("administrator", sa.String(64), nullable=False),
        sa.Column("expires_utc_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator"],
            ["administrator.name"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "service_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name_fi", sa.String(120), nullable=False),
        sa.Column("name_sv", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_index(op.f("ix_service_point_unit_id"), "service_point", ["unit_id"], unique=False)
    op.create_table(
        "tap",
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("boot", sa.Integer(), nullable=False),
        sa.Column("uptime_ms", sa.BigInteger(), nullable=False),
        sa.Column("face", sa.SmallInteger(), nullable=False),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("width_ms", sa.Integer(), nullable=False),
        sa.Column("utc_ms", sa.BigInteger(), nullable=True),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("service_point_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal_mark.id"],
        ),
        sa.PrimaryKeyConstraint("journal_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kiosk", sa.String(32), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("from_utc_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_utc_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["kiosk"],
            ["kiosk.name"],
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_placement_kiosk"), "placement", ["kiosk"], unique=False)
    op.create_index(op.f("ix_placement_service_point_id"), "placement", ["service_point_id"], unique=False)
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("text_fi", sa.String(200), nullable=False),
        sa.Column("text_sv", sa.String(200), nullable=False),
        sa.Column("text_en", sa.String(200), nullable=False),
        sa.Column("from_utc_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_utc_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_question_service_point_id"), "question", ["service_point_id"], unique=False)
