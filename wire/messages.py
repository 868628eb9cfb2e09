"""Every message of version 1: its fields in canonical order, and what its fields must be together.

A message in memory is a named tuple with full names; on the wire its keys are short where volume counts. A field that
is optional and absent is None. Units: ``_ms`` milliseconds, ``uptime_ms`` since that boot began, ``utc_ms`` since 1970.
"""

from collections import namedtuple

from wire.kinds import Base64, Choice, Flag, Hex, Maybe, Row, Rows, Text, Whole
from wire.rejected import Rejected

MAX_MESSAGE = 2048  # bytes, of any topic
MAX_TAPS = 64  # a taps message
MAX_SPANS = 16  # a birth
MAX_PIECE = 1024  # bytes of an update's file a message
MAX_SEQ = 0x7FFFFFFF
MAX_UPTIME_MS = 9007199254740991  # 2^53 - 1
MIN_UTC_MS = 1577836800000  # 2020-01-01: nothing of this project is older
MAX_UTC_MS = 4102444800000  # 2100-01-01
MAX_WIDTH_MS = 3600000  # of a thinned span: an hour

FACE_UNREADABLE = 0  # here was a tap whose record cannot be read any more
FLAG_TEST = 1
FLAG_THINNED = 2

JOURNAL = Hex(8)
SEQ = Whole(1, MAX_SEQ)
MARK = Whole(0, MAX_SEQ)  # 0: none yet
COUNT = MARK
UPTIME = Whole(0, MAX_UPTIME_MS)
UTC = Whole(MIN_UTC_MS, MAX_UTC_MS)
VERSION = Text(24)
FACE = Whole(1, 4)
# one of each, since a kiosk's heap is small
FLAG = Flag()
MAYBE_UTC = Maybe(UTC)
OFFSET = Whole(0, 1048576)  # bytes into an update's file
TROUBLE = Maybe(Text(96))

Field = namedtuple("Field", ("name", "key", "kind", "required"))

# An annotation in the wire's names: (face, uptime_ms at the press, flags)
TAP = Row(Whole(0, 4), UPTIME, Whole(0, 3), optional=1, absent=0)

TAPS_FIELDS = (
    Field("journal", "j", JOURNAL, True),
    Field("boot", "b", SEQ, True),
    Field("uptime_ms", "n", UPTIME, True),
    Field("utc_ms", "u", MAYBE_UTC, True),
    Field("bounds", "r", Row(MAYBE_UTC, MAYBE_UTC), False),
    Field("held", "h", SEQ, True),
    Field("acked", "a", MARK, True),
    Field("first_seq", "s", SEQ, True),
    Field("width_ms", "w", Whole(1, MAX_WIDTH_MS), False),
    Field("taps", "t", Rows(TAP, 1, MAX_TAPS), True),
)

ACK_FIELDS = (
    Field("journal", "j", JOURNAL, True),
    Field("seq", "s", MARK, True),
    Field("uptime_ms", "n", UPTIME, True),
    Field("utc_ms", "u", UTC, True),
    Field("error", "error", Text(160), False),
    Field("first_seq", "f", SEQ, False),
)

# (boot, first uptime, last uptime, UTC at the first uptime or null)
SPAN = Row(SEQ, UPTIME, UPTIME, MAYBE_UTC)

STATE_FIELDS = (
    Field("online", "online", FLAG, True),
    Field("session", "session", SEQ, True),
    Field("firmware", "firmware", VERSION, False),
    Field("board", "board", VERSION, False),
    Field("journal", "journal", JOURNAL, False),
    Field("boot", "boot", SEQ, False),
    Field("uptime_ms", "uptime", UPTIME, False),
    Field("held", "held", SEQ, False),
    Field("acked", "acked", MARK, False),
    Field("last_seq", "last", MARK, False),
    Field("config_version", "config", MARK, False),
    Field("spans", "up", Rows(SPAN, 0, MAX_SPANS), False),
)

CLOCK_SOURCES = ("none", "server", "ntp")
RESET_CAUSES = ("power", "watchdog", "reset", "unknown")
UPDATE_STATES = ("none", "fetching", "trial", "kept", "rolled_back")

HEALTH_FIELDS = (
    Field("uptime_ms", "uptime", UPTIME, True),
    Field("utc_ms", "utc", MAYBE_UTC, True),
    Field("clock", "clock", Choice(*CLOCK_SOURCES), True),
    Field("journal", "journal", JOURNAL, True),
    Field("last_seq", "last", MARK, True),
    Field("acked", "acked", MARK, True),
    Field("backlog", "backlog", COUNT, True),
    Field("thinned", "thinned", COUNT, True),
    Field("unreadable", "unreadable", COUNT, True),
    Field("refused", "refused", COUNT, True),
    Field("unthanked", "unthanked", COUNT, True),
    Field("stuck", "stuck", Rows(FACE, 0, 4), True),
    Field("test", "test", FLAG, True),
    Field("rssi_dbm", "rssi", Maybe(Whole(-127, 0)), True),
    Field("supply_mv", "supply", Maybe(Whole(0, 10000)), True),
    Field("heap_free", "heap", COUNT, True),
    Field("heap_block", "block", Maybe(COUNT), True),
    Field("flash_free", "flash", COUNT, True),
    Field("reset", "reset", Choice(*RESET_CAUSES), True),
    Field("connects", "connects", COUNT, True),
    Field("error", "error", TROUBLE, True),
    Field("update_state", "update", Choice(*UPDATE_STATES), True),
    Field("update_version", "version", Maybe(VERSION), True),
    Field("update_reason", "why", TROUBLE, True),
)

CONFIG_FIELDS = (
    Field("version", "version", SEQ, True),
    Field("idle_light", "idle", Whole(0, 100), True),
    Field("health_s", "health", Whole(10, 86400), True),
    Field("channel", "channel", Text(16), True),
)

ACTIONS = ("identify", "resend", "test", "update", "reboot")

COMMAND_FIELDS = (
    Field("id", "id", Hex(8), True),
    Field("expires_ms", "expires", UTC, True),
    Field("action", "do", Choice(*ACTIONS), True),
    Field("seconds", "seconds", Whole(1, 3600), False),  # identify, test
    Field("on", "on", FLAG, False),  # test
    Field("journal", "journal", JOURNAL, False),  # resend
    Field("seq", "seq", MARK, False),  # resend: the acked mark goes back to this
    Field("version", "version", VERSION, False),  # update
    Field("size", "size", Whole(1, 65536), False),  # update: bytes of the manifest
)

FILE = Text(64)

WANT_FIELDS = (
    Field("version", "version", VERSION, True),
    Field("file", "file", FILE, True),
    Field("offset", "offset", OFFSET, True),
)

UPDATE_FIELDS = (
    Field("version", "version", VERSION, True),
    Field("file", "file", FILE, True),
    Field("offset", "offset", OFFSET, True),
    Field("size", "size", OFFSET, True),  # of the whole file
    Field("data", "data", Base64(4 * ((MAX_PIECE + 2) // 3)), True),
)


def _named(title, fields):
    return namedtuple(title, tuple([f.name for f in fields]))


Taps = _named("Taps", TAPS_FIELDS)
Ack = _named("Ack", ACK_FIELDS)
State = _named("State", STATE_FIELDS)
Health = _named("Health", HEALTH_FIELDS)
Config = _named("Config", CONFIG_FIELDS)
Command = _named("Command", COMMAND_FIELDS)
Want = _named("Want", WANT_FIELDS)
Update = _named("Update", UPDATE_FIELDS)


def will(session):
    """The message a broker publishes for a kiosk that went silent."""
    return State(False, session, None, None, None, None, None, None, None, None, None, None)


def _inconsistent(field, detail):
    return Rejected("inconsistent", field, detail)


def taps_rule(m):
    if m.utc_ms is None and m.bounds is None:
        return _inconsistent("r", "u is null, so r must say between which times the boot lies")
    if m.utc_ms is not None and m.bounds is not None:
        return _inconsistent("r", "u is known, so r must be absent")
    if m.bounds and None not in m.bounds and m.bounds[0] > m.bounds[1]:
        return _inconsistent("r", "r[0] must not be later than r[1]")
    if m.held > m.first_seq:
        return _inconsistent("h", "the oldest seq held (h) must not be above the first seq sent (s)")
    if m.first_seq + len(m.taps) - 1 > MAX_SEQ:
        return _inconsistent("t", "the last seq would pass %d" % MAX_SEQ)
    thinned = [bool(flags & FLAG_THINNED) for _, _, flags in m.taps]
    if any(thinned) != (m.width_ms is not None):
        return _inconsistent("w", "w must be there exactly when a tap has flag 2")


def ack_rule(m):
    if m.first_seq is not None and m.error is None:
        return _inconsistent("f", "f goes with an error")


def state_rule(m):
    for field in STATE_FIELDS:
        if not field.required and (getattr(m, field.name) is None) == m.online:
            where = " must be in a birth" if m.online else " must not be in a Will"
            return _inconsistent(field.key, field.key + where)
    if not m.online:
        return None
    if m.acked > m.last_seq:
        return _inconsistent("acked", "acked must not be above last")
    if m.held > m.last_seq + 1:
        return _inconsistent("held", "held must not be above last + 1")
    for boot, first, last, _ in m.spans:
        if first > last:
            return _inconsistent("up", "a span must not end before it begins (boot %d)" % boot)


_ARGUMENTS = {
    "identify": ("seconds",),
    "resend": ("journal", "seq"),
    "test": ("on", "seconds"),
    "update": ("version", "size"),
    "reboot": (),
}


def command_rule(m):
    wanted = _ARGUMENTS[m.action]
    for name in ("seconds", "on", "journal", "seq", "version", "size"):
        if (getattr(m, name) is None) == (name in wanted):
            return _inconsistent(name, "%s %s have %s" % (m.action, "must" if name in wanted else "must not", name))


def update_rule(m):
    if m.offset + len(m.data) // 4 * 3 - m.data.count("=") > m.size:
        return _inconsistent("offset", "offset and the bytes of data must not pass size")


# leaf: (class, fields, rule on the whole or None)
MESSAGES = {
    "taps": (Taps, TAPS_FIELDS, taps_rule),
    "ack": (Ack, ACK_FIELDS, ack_rule),
    "state": (State, STATE_FIELDS, state_rule),
    "health": (Health, HEALTH_FIELDS, None),
    "config": (Config, CONFIG_FIELDS, None),
    "command": (Command, COMMAND_FIELDS, command_rule),
    "want": (Want, WANT_FIELDS, None),
    "update": (Update, UPDATE_FIELDS, update_rule),
}
