"""Makes messages at random from the tables of wire.messages, the same ones on both interpreters for the same seed."""

from wire import kinds, messages, text

PLAIN = "".join([chr(c) for c in range(32, 127) if chr(c) not in '"\\'])
HEX = "0123456789abcdef"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Chance:
    """A small generator (xorshift, 32 bits) of its own, since the two interpreters' ``random`` differ."""

    def __init__(self, seed):
        self.state = seed * 2654435761 % 0xFFFFFFFF + 1

    def below(self, n):
        """A whole number from 0 to n - 1, each about as likely for n up to 2^60."""
        found = 0
        for _ in range(2):
            x = self.state
            x ^= (x << 13) & 0xFFFFFFFF
            x ^= x >> 17
            x ^= (x << 5) & 0xFFFFFFFF
            self.state = x
            found = found << 32 | x
        return found % n

    def between(self, low, high):
        """From low to high, and one time in four an end, since mistakes live there."""
        if self.below(4) == 0:
            return low if self.below(2) else high
        return low + self.below(high - low + 1)

    def one_of(self, values):
        return values[self.below(len(values))]

    def text(self, letters, length):
        return "".join([self.one_of(letters) for _ in range(length)])


def value(kind, chance):
    """A value that ``kind`` takes, in the form ``decode`` keeps it."""
    if isinstance(kind, kinds.Maybe):
        return value(kind.kind, chance) if chance.below(2) else None
    if isinstance(kind, kinds.Whole):
        return chance.between(kind.low, kind.high)
    if isinstance(kind, kinds.Flag):
        return chance.below(2) == 1
    if isinstance(kind, kinds.Text):
        return chance.text(PLAIN, chance.between(1, kind.most))
    if isinstance(kind, kinds.Hex):
        return chance.text(HEX, kind.digits)
    if isinstance(kind, kinds.Choice):
        return chance.one_of(kind.values)
    if isinstance(kind, kinds.Base64):
        return chance.text(BASE64, 4 * chance.between(0, kind.most // 4))
    if isinstance(kind, kinds.Row):
        return tuple([value(k, chance) for k in kind.kinds])
    return tuple([value(kind.kind, chance) for _ in range(chance.between(kind.least, kind.most))])


def message(leaf, chance):
    """A message of ``leaf`` that is right."""
    _, fields, _ = messages.MESSAGES[leaf]
    values = {}
    for field in fields:
        values[field.name] = value(field.kind, chance) if field.required or chance.below(2) else None
    settle = _SETTLE.get(leaf)
    if settle:
        settle(values, chance)
    return build(leaf, values)


def build(leaf, values):
    """The named tuple of ``values`` (by name)."""
    make, fields, _ = messages.MESSAGES[leaf]
    return make(*[values[field.name] for field in fields])


def by_name(leaf, made):
    """The values of a message by name: the inverse of ``build``."""
    return {field.name: getattr(made, field.name) for field in messages.MESSAGES[leaf][1]}


def spell(leaf, made):
    """The bytes of a message, right or wrong, without any check."""
    parts = []
    for field in messages.MESSAGES[leaf][1]:
        found = getattr(made, field.name)
        if found is not None or field.required:
            parts.append('"' + field.key + '":' + text.write(found))
    return ("{" + ",".join(parts) + "}").encode()


def _settle_taps(v, chance):
    if v["utc_ms"] is None:
        bounds = [value(messages.UTC, chance), value(messages.UTC, chance)]
        v["bounds"] = chance.one_of([tuple(sorted(bounds)), (None, bounds[0]), (bounds[0], None), (None, None)])
    else:
        v["bounds"] = None
    v["first_seq"] = min(v["first_seq"], messages.MAX_SEQ - len(v["taps"]) + 1)
    v["held"] = min(v["held"], v["first_seq"])
    thinned = any(flags & messages.FLAG_THINNED for _, _, flags in v["taps"])
    v["width_ms"] = chance.between(1, messages.MAX_WIDTH_MS) if thinned else None


def _settle_ack(v, chance):
    if v["error"] is None:
        v["first_seq"] = None


def _settle_state(v, chance):
    for field in messages.STATE_FIELDS:
        if field.required:
            continue
        if not v["online"]:
            v[field.name] = None
        elif v[field.name] is None:
            v[field.name] = value(field.kind, chance)
    if v["online"]:
        v["acked"] = min(v["acked"], v["last_seq"])
        v["held"] = min(v["held"], v["last_seq"] + 1)
        v["spans"] = tuple([(boot, min(a, b), max(a, b), utc) for boot, a, b, utc in v["spans"]])


def _settle_command(v, chance):
    arguments = {"identify": ("seconds",), "resend": ("journal", "seq"), "test": ("on", "seconds")}
    arguments["update"] = ("version", "size")
    for field in messages.COMMAND_FIELDS:
        if not field.required:
            v[field.name] = value(field.kind, chance) if field.name in arguments.get(v["action"], ()) else None


def _settle_update(v, chance):
    length = len(v["data"]) // 4 * 3
    v["size"] = max(v["size"], length)
    v["offset"] = min(v["offset"], v["size"] - length)


_SETTLE = {
    "taps": _settle_taps,
    "ack": _settle_ack,
    "state": _settle_state,
    "command": _settle_command,
    "update": _settle_update,
}
