"""Kinds of field: what a value must be. Each answers ``check(value, path)`` with None or Rejected, and turns the value
read into the value kept (``keep``) and back (``give``)."""

from wire import text
from wire.rejected import Rejected

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _found(value):
    """What was found, short and safe to repeat in an answer."""
    if isinstance(value, str):
        return "text of %d characters" % len(value)
    if isinstance(value, (list, tuple)):
        return "a list of %d" % len(value)
    if isinstance(value, dict):
        return "an object"
    return text.write(value)


def _whole(value):
    return isinstance(value, int) and value is not True and value is not False


def _wrong(path, value, wanted):
    return Rejected("wrong_type", path, "%s is %s; it must be %s" % (path, _found(value), wanted))


def _outside(path, value, wanted):
    return Rejected("out_of_range", path, "%s is %s; it must be %s" % (path, _found(value), wanted))


class Kind:
    """Base: any value, kept as it is. ``wanted`` says in words what is right: made when asked, as heaps are small."""

    @property
    def wanted(self):
        return "anything"

    def check(self, value, path):
        return None

    def keep(self, value):
        return value

    def give(self, value):
        return value


class Whole(Kind):
    """A whole number from ``low`` to ``high``, both included."""

    def __init__(self, low, high):
        self.low = low
        self.high = high

    @property
    def wanted(self):
        return "a whole number from %d to %d" % (self.low, self.high)

    def check(self, value, path):
        if not _whole(value):
            return _wrong(path, value, self.wanted)
        if not self.low <= value <= self.high:
            return _outside(path, value, self.wanted)


class Flag(Kind):
    @property
    def wanted(self):
        return "true or false"

    def check(self, value, path):
        if value is not True and value is not False:
            return _wrong(path, value, self.wanted)


class Text(Kind):
    """1 to ``most`` printable ASCII characters without quotation mark or backslash."""

    def __init__(self, most):
        self.most = most

    @property
    def wanted(self):
        return "text of 1 to %d plain characters" % self.most

    def check(self, value, path):
        if not isinstance(value, str):
            return _wrong(path, value, self.wanted)
        if not 1 <= len(value) <= self.most:
            return _outside(path, value, self.wanted)
        for c in value:
            if not 32 <= ord(c) < 127 or c == '"' or c == "\\":
                return _outside(path, value, self.wanted)


class Hex(Kind):
    """Exactly ``digits`` lower-case hexadecimal digits."""

    def __init__(self, digits):
        self.digits = digits

    @property
    def wanted(self):
        return "%d lower-case hex digits" % self.digits

    def check(self, value, path):
        if not isinstance(value, str):
            return _wrong(path, value, self.wanted)
        if len(value) != self.digits or not all(c in "0123456789abcdef" for c in value):
            return _outside(path, value, self.wanted)


class Choice(Kind):
    def __init__(self, *values):
        self.values = values

    @property
    def wanted(self):
        return "one of " + ", ".join(self.values)

    def check(self, value, path):
        if not isinstance(value, str):
            return _wrong(path, value, self.wanted)
        if value not in self.values:
            return _outside(path, value, self.wanted)


class Base64(Kind):
    """Bytes as standard base64 with padding; kept as text, since the receiver decodes it into a buffer of its own."""

    def __init__(self, most):
        self.most = most

    @property
    def wanted(self):
        return "base64 of 0 to %d characters, a multiple of 4" % self.most

    def check(self, value, path):
        if not isinstance(value, str):
            return _wrong(path, value, self.wanted)
        if len(value) > self.most or len(value) % 4:
            return _outside(path, value, self.wanted)
        bare = value.rstrip("=")
        if len(value) - len(bare) > 2 or not all(c in _BASE64 for c in bare):
            return _outside(path, value, self.wanted)


class Maybe(Kind):
    """null, or what ``kind`` is."""

    def __init__(self, kind):
        self.kind = kind

    @property
    def wanted(self):
        return "null or " + self.kind.wanted

    def check(self, value, path):
        if value is not None:
            rejected = self.kind.check(value, path)
            if rejected:
                detail = "%s is %s; it must be %s" % (path, _found(value), self.wanted)
                return Rejected(rejected.reason, rejected.field, detail)

    def keep(self, value):
        return None if value is None else self.kind.keep(value)

    def give(self, value):
        return None if value is None else self.kind.give(value)


class Row(Kind):
    """A list with one kind a place; the last ``optional`` places may be absent, and are kept as ``absent`` then."""

    def __init__(self, *kinds, optional=0, absent=0):
        self.kinds = kinds
        self.least = len(kinds) - optional
        self.absent = absent

    @property
    def wanted(self):
        most = len(self.kinds)
        return "a list of %d" % most if self.least == most else "a list of %d to %d" % (self.least, most)

    def check(self, value, path):
        if not isinstance(value, (list, tuple)):
            return _wrong(path, value, self.wanted)
        if not self.least <= len(value) <= len(self.kinds):
            return _wrong(path, value, self.wanted)
        for i, item in enumerate(value):
            rejected = self.kinds[i].check(item, "%s[%d]" % (path, i))
            if rejected:
                return rejected

    def keep(self, value):
        kept = [self.kinds[i].keep(item) for i, item in enumerate(value)]
        while len(kept) < len(self.kinds):
            kept.append(self.absent)
        return tuple(kept)

    def give(self, value):
        given = [self.kinds[i].give(item) for i, item in enumerate(value)]
        while len(given) > self.least and given[-1] == self.absent:
            given.pop()
        return given


class Rows(Kind):
    """A list of ``least`` to ``most`` values of one kind."""

    def __init__(self, kind, least, most):
        self.kind = kind
        self.least = least
        self.most = most

    @property
    def wanted(self):
        return "a list of %d to %d" % (self.least, self.most)

    def check(self, value, path):
        if not isinstance(value, (list, tuple)):
            return _wrong(path, value, self.wanted)
        if not self.least <= len(value) <= self.most:
            return _outside(path, value, self.wanted)
        for i, item in enumerate(value):
            rejected = self.kind.check(item, "%s[%d]" % (path, i))
            if rejected:
                return rejected

    def keep(self, value):
        return tuple([self.kind.keep(item) for item in value])

    def give(self, value):
        return [self.kind.give(item) for item in value]
