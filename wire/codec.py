"""Messages to bytes and back. ``decode(leaf, encode(leaf, message)) == message`` for every message that is right."""

from wire import text
from wire.messages import MAX_MESSAGE, MESSAGES
from wire.rejected import Rejected


def decode(leaf, payload):
    """The message that ``payload`` (bytes) carries on the topic ending in ``leaf``, or Rejected. Never raises."""
    if len(payload) > MAX_MESSAGE:
        return Rejected("too_long", "", "%d bytes; at most %d" % (len(payload), MAX_MESSAGE))
    if leaf not in MESSAGES:
        return Rejected("unknown_topic", "", "no topic ends in that; known are " + ", ".join(sorted(MESSAGES)))
    try:
        found = text.read(payload)
    except text.Malformed as e:
        return Rejected(*e.args)
    if not isinstance(found, dict):
        return Rejected("wrong_type", "", "the message must be an object")
    return _message(leaf, found)


def encode(leaf, message):
    """The canonical bytes of ``message``. Raises ValueError for one that ``decode`` would refuse: our own mistake."""
    _, fields, rule = MESSAGES[leaf]
    parts = []
    for field in fields:
        value = getattr(message, field.name)
        if value is None and not field.required:
            continue
        rejected = field.kind.check(value, field.key)
        if rejected:
            raise ValueError(rejected.detail)
        parts.append('"' + field.key + '":' + text.write(field.kind.give(value)))
    rejected = rule and rule(message)
    if rejected:
        raise ValueError(rejected.detail)
    payload = ("{" + ",".join(parts) + "}").encode()
    if len(payload) > MAX_MESSAGE:
        raise ValueError("%d bytes; at most %d" % (len(payload), MAX_MESSAGE))
    return payload


def _message(leaf, found):
    make, fields, rule = MESSAGES[leaf]
    values: list = []
    for field in fields:
        if field.key not in found:
            if field.required:
                detail = "%s is missing; it must be %s" % (field.key, field.kind.wanted)
                return Rejected("missing_field", field.key, detail)
            values.append(None)
            continue
        value = found[field.key]
        rejected = field.kind.check(value, field.key)
        if rejected:
            return rejected
        values.append(field.kind.keep(value))
    keys = [field.key for field in fields]
    for key in found:
        if key not in keys:
            return Rejected("unknown_field", key[:24], "%s is not a field of %s in version 1" % (key[:24], leaf))
    message = make(*values)
    return (rule and rule(message)) or message
