"""The JSON of the wire: a strict, small part of JSON, read and written the same way on both interpreters.

Objects, arrays, whole numbers, true, false, null and plain ASCII strings. No float (a Pico's has 24 bits of mantissa,
a millisecond since 1970 needs 41), no escape (no field needs one), no key twice, at most MAX_DEPTH deep.
MicroPython's own ``json`` reads ``[1 2]`` and keeps the last of two equal keys; the two ends must not disagree on what
a message is, hence one reader.
"""

MAX_DEPTH = 4
MAX_DIGITS = 16  # 2^53 - 1 has 16: what JavaScript, msgspec and a spreadsheet all read exactly

_QUOTE = 34
_MINUS = 45
_ZERO = 48
_NINE = 57
_WORDS = ((b"true", True), (b"false", False), (b"null", None))


class Malformed(Exception):
    """Raised and caught inside wire only. ``args`` are the reason, the field and the detail of a Rejected."""


def read(payload):
    """The value that ``payload`` (bytes) spells. Raises Malformed."""
    value, at = _value(payload, _skip(payload, 0), 0)
    at = _skip(payload, at)
    if at != len(payload):
        raise _syntax(at, "the end of the message")
    return value


def write(value):
    """``value`` as text, keys in the order given, no spaces: the canonical form of it."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + value + '"'
    return "[" + ",".join([write(item) for item in value]) + "]"


def _syntax(at, wanted):
    return Malformed("not_json", "", "byte %d is not %s" % (at, wanted))


def _skip(p, at):
    end = len(p)
    while at < end and p[at] in b" \t\r\n":
        at += 1
    return at


def _value(p, at, depth):
    if depth > MAX_DEPTH:
        raise Malformed("not_json", "", "nested deeper than %d" % MAX_DEPTH)
    first = p[at : at + 1]
    if first == b"{":
        return _object(p, at, depth)
    if first == b"[":
        return _array(p, at, depth)
    if first == b'"':
        return _string(p, at)
    if first and (p[at] == _MINUS or _ZERO <= p[at] <= _NINE):
        return _integer(p, at)
    for word, value in _WORDS:
        if p[at : at + len(word)] == word:
            return value, at + len(word)
    raise _syntax(at, "a value")


def _object(p, at, depth):
    found: dict = {}
    at = _skip(p, at + 1)
    if p[at : at + 1] == b"}":
        return found, at + 1
    while True:
        if p[at : at + 1] != b'"':
            raise _syntax(at, "a field name")
        key, at = _string(p, at)
        if key in found:
            raise Malformed("duplicate_field", key[:24], "%s stands twice" % key[:24])
        at = _skip(p, at)
        if p[at : at + 1] != b":":
            raise _syntax(at, "a colon")
        found[key], at = _value(p, _skip(p, at + 1), depth + 1)
        at, more = _next(p, at, b"}")
        if not more:
            return found, at


def _array(p, at, depth):
    found: list = []
    at = _skip(p, at + 1)
    if p[at : at + 1] == b"]":
        return found, at + 1
    while True:
        value, at = _value(p, at, depth + 1)
        found.append(value)
        at, more = _next(p, at, b"]")
        if not more:
            return found, at


def _next(p, at, closing):
    """Past the comma or the closing mark behind a value, and whether it was a comma."""
    at = _skip(p, at)
    mark = p[at : at + 1]
    if mark != b"," and mark != closing:
        raise _syntax(at, "a comma or a closing " + ("brace" if closing == b"}" else "bracket"))
    return (_skip(p, at + 1), True) if mark == b"," else (at + 1, False)


def _string(p, at):
    end = p.find(b'"', at + 1)
    if end < 0:
        raise _syntax(len(p), "the end of a string")
    inside = p[at + 1 : end]
    for i, c in enumerate(inside):
        if not 32 <= c < 127 or c == 92:
            raise _syntax(at + 1 + i, "plain ASCII without a backslash")
    return inside.decode(), end + 1


def _integer(p, at):
    start = at
    if p[at] == _MINUS:
        at += 1
    first = at
    end = len(p)
    while at < end and _ZERO <= p[at] <= _NINE:
        at += 1
    digits = at - first
    if digits == 0 or (p[first] == _ZERO and at - start > 1):
        raise _syntax(start, "a whole number without leading zeros")
    if at < end and p[at] in b".eE":
        raise _syntax(at, "the end of a whole number (no floats on the wire)")
    if digits > MAX_DIGITS:
        raise Malformed("not_json", "", "a number of %d digits; at most %d" % (digits, MAX_DIGITS))
    return int(p[start:at].decode()), at
