"""What is kept of a secret: a hash in the form that Mosquitto's password files have, so that one hash serves both.

``$7$iterations$salt$hash``: PBKDF2 with HMAC-SHA-512, a salt of 12 bytes, both in base64 (mosquitto_passwd(1), and
mosquitto's lib/password_mosq.h for the sizes). A secret here is 128 random bits, which nobody guesses however fast the
hash is; so the iterations are Mosquitto's own default and a connection costs a kiosk nothing.
"""

import base64
import hashlib
import hmac
import secrets

SECRET_BYTES = 16
ITERATIONS = 101
_SALT_BYTES = 12
_KIND = "7"


def new_secret() -> str:
    """A secret of 32 hex digits."""
    return secrets.token_hex(SECRET_BYTES)


def keep(secret: str) -> str:
    """The hash of ``secret``, under a salt of its own."""
    return _hashed(secret, secrets.token_bytes(_SALT_BYTES), ITERATIONS)


def matches(secret: str, kept: str) -> bool:
    """Whether ``kept`` was made from ``secret``; also one that an earlier version kept, a bare SHA-256 in hex."""
    if not for_brokers(kept):
        return hmac.compare_digest(hashlib.sha256(secret.encode()).hexdigest(), kept)
    _, _, iterations, salt, _ = kept.split("$")
    return hmac.compare_digest(_hashed(secret, base64.b64decode(salt), int(iterations)), kept)


def for_brokers(kept: str) -> bool:
    """Whether Mosquitto can read it."""
    return kept.startswith(f"${_KIND}$")


def _hashed(secret: str, salt: bytes, iterations: int) -> str:
    made = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, iterations)
    return f"${_KIND}${iterations}${_text(salt)}${_text(made)}"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
