"""Every table. SQLModel where people edit, SQLAlchemy Core where taps are written; one metadata, one migration history.

Times are UTC milliseconds since 1970 in integers (``_utc_ms``); days are local to the service point.
"""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

UNDATED = date.min
"""The day of taps that are counted, and told beside a period's figures, but in no day.

Their boot never knew the time, and its neighbours' days differ.
"""


class Unit(SQLModel, table=True):
    """Whose service it is; units form a tree."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=64)
    name_fi: str = Field(max_length=120)
    name_sv: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    parent_id: int | None = Field(default=None, foreign_key="unit.id")


class ServicePoint(SQLModel, table=True):
    """Where a kiosk stands. Its time zone decides the local day."""

    __tablename__ = "service_point"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=64)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    name_fi: str = Field(max_length=120)
    name_sv: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    timezone: str = Field(default="Europe/Helsinki", max_length=64)


class Question(SQLModel, table=True):
    """What is asked at a service point, from ``from_utc_ms`` until ``to_utc_ms`` (None: still)."""

    id: int | None = Field(default=None, primary_key=True)
    service_point_id: int = Field(foreign_key="service_point.id", index=True)
    text_fi: str = Field(max_length=200)
    text_sv: str = Field(max_length=200)
    text_en: str = Field(max_length=200)
    from_utc_ms: int = Field(sa_type=BigInteger)
    to_utc_ms: int | None = Field(default=None, sa_type=BigInteger)


class Kiosk(SQLModel, table=True):
    """An account on the broker: its name is its MQTT user name and client id, and is never used again."""

    name: str = Field(primary_key=True, max_length=32)
    secret_hash: str = Field(max_length=200)
    added_utc_ms: int = Field(sa_type=BigInteger)
    retired_utc_ms: int | None = Field(default=None, sa_type=BigInteger)
    config_version: int = 1
    idle_light: int = 20
    health_s: int = 300
    channel: str = Field(default="stable", max_length=16)


class CollectorAccount(SQLModel, table=True):
    """A collector's account on a broker whose password file hymio keeps."""

    __tablename__ = "collector_account"

    name: str = Field(primary_key=True, max_length=32)
    secret_hash: str = Field(max_length=200)


class Placement(SQLModel, table=True):
    """A kiosk at a service point, from ``from_utc_ms`` until ``to_utc_ms`` (None: still)."""

    id: int | None = Field(default=None, primary_key=True)
    kiosk: str = Field(foreign_key="kiosk.name", index=True, max_length=32)
    service_point_id: int = Field(foreign_key="service_point.id", index=True)
    from_utc_ms: int = Field(sa_type=BigInteger)
    to_utc_ms: int | None = Field(default=None, sa_type=BigInteger)


class Administrator(SQLModel, table=True):
    name: str = Field(primary_key=True, max_length=64)
    password_hash: str = Field(max_length=200)


class LoginSession(SQLModel, table=True):
    """A browser that has logged in. Only the token's SHA-256 is kept."""

    __tablename__ = "login_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    administrator: str = Field(foreign_key="administrator.name", max_length=64)
    expires_utc_ms: int = Field(sa_type=BigInteger)


metadata = SQLModel.metadata

journal_mark = Table(
    "journal_mark",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kiosk", String(32), nullable=False),
    Column("journal", String(8), nullable=False),
    # everything up to here is settled: stored, quarantined, or known missing
    Column("mark", Integer, nullable=False, default=0),
    # the highest seq in the tap table: above the mark when taps came out of order
    Column("highest", Integer, nullable=False, default=0),
    # the policy's state at the mark: the last counted tap of this journal, or what it began with
    Column("counted_boot", Integer),
    Column("counted_uptime_ms", BigInteger),
    Column("counted_utc_ms", BigInteger),
    # and the last tap of the run that goes on, with how many of that run were counted
    Column("pressed_boot", Integer),
    Column("pressed_uptime_ms", BigInteger),
    Column("pressed_utc_ms", BigInteger),
    Column("run", Integer, nullable=False, server_default="0"),
    Column("ruled", Integer),  # the version of rules and hours that decided last; NULL: nothing is decided
    # the last counted tap of the kiosk's earlier journals, when the first tap of this one was decided
    Column("begins_utc_ms", BigInteger),
    Column("missing", Integer, nullable=False, default=0),
    Column("unplaced", Integer, nullable=False, default=0),  # taps up to the mark whose verdict is UNPLACED
    Column("tested", Integer, nullable=False, server_default="0"),  # and whose verdict is TEST
    # the kiosk's own counter: the highest seq that it said it had given, in whatever message
    Column("told", Integer, nullable=False, server_default="0"),
    # taps up to here have given up their exact times, and keep their verdicts: collector.days.coarse
    Column("sealed", Integer, nullable=False, server_default="0"),
    UniqueConstraint("kiosk", "journal"),
)

# The key of a tap is (kiosk, journal, seq); journal_id stands for the first two.
tap = Table(
    "tap",
    metadata,
    Column("journal_id", Integer, ForeignKey("journal_mark.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("boot", Integer, nullable=False),
    Column("uptime_ms", BigInteger, nullable=False),
    Column("face", SmallInteger, nullable=False),  # 0: unreadable on the kiosk
    Column("flags", SmallInteger, nullable=False),  # wire.messages.FLAG_*
    Column("width_ms", Integer, nullable=False, default=0),
    Column("utc_ms", BigInteger),  # NULL: not known
    Column("estimated", Boolean, nullable=False),  # dated by its neighbours' times
    # local, where it stood nowhere of dating.NOWHERES_ZONE; UNDATED: between two days; NULL: not known, or unreadable
    Column("day", Date),
    Column("service_point_id", Integer),  # NULL: not placed then
    Column("question_id", Integer),
    Column("verdict", SmallInteger),  # collector.verdict.policy.Verdict; NULL until the mark has passed it
    sqlite_with_rowid=False,
)

hole = Table(
    "hole",
    metadata,
    Column("journal_id", Integer, ForeignKey("journal_mark.id"), primary_key=True),
    Column("from_seq", Integer, primary_key=True, autoincrement=False),
    Column("to_seq", Integer, nullable=False),
    Column("reason", String(16), nullable=False),  # not_held | unreadable
    Column("found_utc_ms", BigInteger, nullable=False),
    Column("seen_utc_ms", BigInteger),  # when a technician marked it as seen; NULL: not yet
)

conflict = Table(
    "conflict",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("journal_id", Integer, ForeignKey("journal_mark.id"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("boot", Integer, nullable=False),
    Column("uptime_ms", BigInteger, nullable=False),
    Column("face", SmallInteger, nullable=False),
    Column("received_utc_ms", BigInteger, nullable=False),
    Column("seen_utc_ms", BigInteger),  # as of a hole
    # QoS 1 sends again: the same conflict is one row
    UniqueConstraint("journal_id", "seq", "boot", "uptime_ms", "face"),
)

# What counts. A row is never changed: a later version holds from its day on, whatever earlier ones said of later days.
# Versions are numbered together with those of the opening hours, so that one number tells all that a verdict rests on.
rule_set = Table(
    "rule_set",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("from_day", Date, nullable=False),  # of the taps' local days; UNDATED: from the beginning
    Column("interval_ms", Integer, nullable=False),  # the response interval; 0: none
    Column("burst_taps", Integer, nullable=False),  # counted of a run, at most; 0: runs are not looked at
    Column("burst_pause_ms", Integer, nullable=False),  # without a press, ends a run
    Column("grace_ms", Integer),  # before and after the opening hours; NULL: they are not looked at
    Column("note", String(200), nullable=False),
    Column("set_utc_ms", BigInteger),  # NULL: came with hymio
)

# When a service point is open. As above; of the rows that hold on a day an exceptional one wins, then the latest.
opening_hours = Table(
    "opening_hours",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("service_point_id", Integer, ForeignKey("service_point.id"), nullable=False, index=True),
    Column("from_day", Date, nullable=False),  # local
    Column("to_day", Date),  # itself included; NULL: still
    Column("exceptional", Boolean, nullable=False),  # one day that is not as its week says
    # as collector.verdict.week writes it; NULL: not told any more, or of an exceptional day: as usual after all
    Column("week", Text),
    Column("note", String(200), nullable=False),
    Column("told_utc_ms", BigInteger, nullable=False),
)

# Which version decided the taps of a journal from a seq on, until the next row of that journal.
ruling = Table(
    "ruling",
    metadata,
    Column("journal_id", Integer, ForeignKey("journal_mark.id"), primary_key=True),
    Column("from_seq", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)

_FACES = ("face_1", "face_2", "face_3", "face_4")
_ASIDE = ("aside_interval", "aside_test", "aside_burst", "aside_closed")
_LATER = ("aside_burst", "aside_closed")  # added to tables with rows


def _sums(names: tuple[str, ...]) -> list[Column[int]]:
    return [
        Column(name, Integer, nullable=False, default=0, server_default="0" if name in _LATER else None)
        for name in names
    ]


# Wide, so that a page is one indexed read. Undated taps stand under UNDATED.
tap_day = Table(
    "tap_day",
    metadata,
    Column("service_point_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("question_id", Integer, primary_key=True, autoincrement=False),  # 0: none asked
    *_sums(_FACES + _ASIDE),
    Column("estimated", Integer, nullable=False, default=0),
    sqlite_with_rowid=False,
)

tap_quarter = Table(
    "tap_quarter",
    metadata,
    Column("service_point_id", Integer, primary_key=True, autoincrement=False),
    Column("quarter_utc_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("question_id", Integer, primary_key=True, autoincrement=False),
    *_sums(_FACES + _ASIDE),
    sqlite_with_rowid=False,
)

# What became of each journal's taps, up to its mark: its taps here and the seqs in its holes are together the mark.
journal_day = Table(
    "journal_day",
    metadata,
    Column("journal_id", Integer, ForeignKey("journal_mark.id"), primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),  # of the taps; UNDATED where theirs is not known
    Column("verdict", SmallInteger, primary_key=True, autoincrement=False),  # any but UNREADABLE: those are in holes
    Column("taps", Integer, nullable=False),
    sqlite_with_rowid=False,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("received_utc_ms", BigInteger, nullable=False),
    Column("kiosk", String(32)),  # NULL: the topic names none
    Column("topic", Text, nullable=False),
    Column("reason", String(16), nullable=False),  # wire.rejected.REASONS, collector.intake.quarantine.REASONS
    Column("field", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # the first 2 KiB
    Column("seen_utc_ms", BigInteger),  # as of a hole
)

# How much of that is whose, so that nobody has to count it; kiosk is empty where the topic names none
quarantine_tally = Table(
    "quarantine_tally",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),  # of payloads
    Column("forgotten", BigInteger, nullable=False),  # messages that were not kept, or no longer are
)

kiosk_state = Table(
    "kiosk_state",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    # born and no Will since; a kiosk is only there while it is heard as well: collector.kiosks.presence.standing_at
    Column("online", Boolean, nullable=False, default=False),
    Column("session", Integer),
    Column("last_seen_utc_ms", BigInteger),
    Column("firmware", String(24)),
    Column("board", String(24)),
    Column("journal", String(8)),
    Column("boot", Integer),
    Column("last_seq", Integer),  # the kiosk's own counter
    Column("backlog", Integer),
    Column("config_version", Integer),
    Column("health", Text),  # the last health message as received
    Column("health_utc_ms", BigInteger),
    # the last trouble that a health message told of; later ones repeat it only while it lasts
    Column("error", String(96)),
    Column("error_utc_ms", BigInteger),
    Column("birth_uptime_ms", BigInteger),  # of the last birth: tells which of a boot's births is the later
    Column("since_utc_ms", BigInteger),  # when ``online`` became what it is; NULL: nobody knows
    # every slot from the one to the other, both beginnings of a slot, is in alive_day: collector.kiosks.alive
    Column("alive_from_utc_ms", BigInteger),
    Column("alive_to_utc_ms", BigInteger),
    # it sent more than it may, lastly then; and messages that were not taken for it, since it was added
    Column("flood_utc_ms", BigInteger),
    Column("flood_not_taken", Integer),
)

# The quarters of an hour in which a kiosk certainly ran. Bits are only ever set: collector.kiosks.alive
alive_day = Table(
    "alive_day",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    Column("utc_day", Date, primary_key=True),
    Column("am", BigInteger, nullable=False),  # 48 bits, the quarter from 00:00 UTC the lowest
    Column("pm", BigInteger, nullable=False),  # 48 bits, the quarter from 12:00 UTC the lowest
    sqlite_with_rowid=False,
)

# Firmware on offer. Its files are immutable: another image has another version.
release = Table(
    "release",
    metadata,
    Column("version", String(24), primary_key=True),
    Column("offered_utc_ms", BigInteger, nullable=False),
)

release_file = Table(
    "release_file",
    metadata,
    Column("version", String(24), ForeignKey("release.version"), primary_key=True),
    Column("path", String(64), primary_key=True),  # within a slot
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# What somebody asked of a kiosk. Written by a command line, sent by whichever collector finds it.
kiosk_order = Table(
    "kiosk_order",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", String(8), nullable=False, unique=True),  # the id on the wire
    Column("kiosk", String(32), nullable=False),
    Column("action", String(16), nullable=False),  # wire.messages.ACTIONS but resend
    Column("seconds", Integer),
    Column("turned_on", Boolean),
    Column("version", String(24)),
    Column("queued_utc_ms", BigInteger, nullable=False),
    Column("expires_utc_ms", BigInteger, nullable=False),
    Column("sent_utc_ms", BigInteger),  # lastly; NULL: not yet
    Column("sent_boot", Integer),  # the kiosk's boot then
    Column("begun", Boolean, nullable=False),  # the kiosk was seen at it
    Column("outcome", String(16)),  # collector.answers.orders.Outcome; NULL: open
    Column("reason", String(96)),  # the kiosk's, of a failure
)

# One row: the copy of this store that was proven lastly, as far as the store knows. Restored, it knows of one before.
last_backup = Table(
    "last_backup",
    metadata,
    Column("made_utc_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("drilled", Boolean, nullable=False),  # it was restored into a place that was thrown away
)

Index("quarantine_by_time", quarantine.c.received_utc_ms)
Index("quarantine_by_kiosk", quarantine.c.kiosk, quarantine.c.id)
Index("kiosk_order_by_kiosk", kiosk_order.c.kiosk, kiosk_order.c.id)
# Looked for twice a second, and nearly always none
_is_open = kiosk_order.c.outcome.is_(None)
Index("kiosk_order_open", kiosk_order.c.id, sqlite_where=_is_open, postgresql_where=_is_open)
