"""A kiosk's own file: who it is, and where its broker is. A wrong field is named, with what would be right."""

from collections import namedtuple

from wire.topic import is_kiosk_name

Setup = namedtuple("Setup", ("kiosk", "secret", "host", "port", "tls", "ca", "update_key"))


class SetupError(Exception):
    """The argument is one sentence for whoever wrote the file."""


def read(found):
    """A Setup from the object in config.json. Raises SetupError. Fields that only a board knows are the board's."""
    if not isinstance(found, dict):
        raise SetupError("config.json must hold one object")
    _check(found, "kiosk", str, is_kiosk_name, "1 to 32 of a-z, 0-9 and the hyphen, which is neither first nor last")
    _check(
        found,
        "secret",
        str,
        lambda s: 1 <= len(s) <= 128,
        "text of 1 to 128 characters, as `hymio kiosk add` printed it",
    )
    _check(found, "host", str, lambda s: 1 <= len(s) <= 253 and " " not in s, "the broker's name or address")
    found.setdefault("tls", False)
    _check(found, "tls", bool, lambda _: True, "true or false")
    found.setdefault("port", 8883 if found["tls"] else 1883)
    _check(found, "port", int, lambda n: n is not True and 1 <= n <= 65535, "a whole number from 1 to 65535")
    found.setdefault("ca", None)
    if found["tls"]:
        _check(
            found,
            "ca",
            str,
            lambda s: "BEGIN CERTIFICATE" in s,
            "the authority's certificate as PEM text, since tls is true",
        )
    if found.setdefault("update_key", None) is not None:
        _check(found, "update_key", str, _is_key, "64 hex digits, as `hymio flash` writes them; without it, no updates")
    return Setup(*[found[field] for field in ("kiosk", "secret", "host", "port", "tls", "ca", "update_key")])


def _is_key(text):
    return len(text) == 64 and all([c in "0123456789abcdef" for c in text])


def _check(found, field, kind, is_right, wanted):
    if field not in found:
        raise SetupError("config.json has no " + field + "; it must be " + wanted)
    value = found[field]
    if not isinstance(value, kind) or not is_right(value):
        shown = _shown(value) if field in ("secret", "update_key") else repr(value)[:40]
        raise SetupError("config.json: " + field + " is " + shown + "; it must be " + wanted)


def _shown(secret):
    """What a console may show of a wrong secret or key."""
    return "of %d characters" % len(secret) if isinstance(secret, str) else "not text"
