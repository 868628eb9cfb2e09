"""The Wi-Fi in a kiosk's config.json, held against what board/pico_w.py takes and a network can have."""

from typing import Any

HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def fault(found: Any) -> str | None:
    """What is wrong with ``{"ssid", "key", "country"}``, without the key; None: nothing.

    The lengths are IEEE 802.11's: a network's name has at most 32 bytes, a pass phrase 8 to 63 characters, and a key
    that is no phrase 64 hex digits.
    """
    if not isinstance(found, dict) or not _is_text(found.get("ssid"), 1, 32):
        return "the Wi-Fi network's name must be text of 1 to 32 bytes"
    key = found.get("key")
    if key is not None and not _is_text(key, 8, 63) and not (_is_text(key, 64, 64) and set(key) <= HEX_DIGITS):
        return "the Wi-Fi key must have 8 to 63 characters, or 64 hex digits; leave it empty for an open network"
    if not _is_text(found.get("country", "FI"), 2, 2):
        return "the Wi-Fi's country must be two letters, such as FI"
    return None


def _is_text(value: Any, least: int, most: int) -> bool:
    return isinstance(value, str) and least <= len(value.encode()) <= most
