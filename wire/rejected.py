"""The verdict on a message that cannot be read: a value, never an exception."""

from collections import namedtuple

Rejected = namedtuple("Rejected", ("reason", "field", "detail"))
"""Why a message was refused.

reason: one of REASONS, stable enough to count by.
field:  where, in the message's own keys, such as ``t[3][0]``; empty when it is the whole message.
detail: one ASCII sentence naming what was found and what would be right; no quotation mark and no backslash, so
        that it can travel in an ack.
"""

REASONS = (
    "too_long",  # more bytes than MAX_MESSAGE
    "not_json",  # not the JSON of SPEC.md: syntax, a float, a NaN, an escape, a byte outside ASCII
    "duplicate_field",
    "unknown_field",
    "missing_field",
    "wrong_type",
    "out_of_range",
    "inconsistent",  # every field is good, together they are not
    "unknown_topic",
)
