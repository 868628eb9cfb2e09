"""Names become addresses without blocking: MicroPython's ``getaddrinfo`` holds everything up until it has an answer.

Pure: the question and the answer as bytes (RFC 1035, one A record); whoever asks has the socket.
"""

_HEADER = 12
_RECURSE = b"\x01\x00"
_A_IN = b"\x00\x01\x00\x01"


def is_address(host):
    """Whether a host is an IPv4 address already."""
    parts = host.split(".")
    return len(parts) == 4 and all([p.isdigit() and int(p) < 256 for p in parts])


def question(host, number):
    """The packet that asks for a host's address. ``number``: two random bytes. Raises ValueError for no name."""
    packet = number + _RECURSE + b"\x00\x01\x00\x00\x00\x00\x00\x00"
    for label in host.encode().rstrip(b".").split(b"."):
        if not 1 <= len(label) <= 63:
            raise ValueError("not the name of a computer: " + host)
        packet += bytes([len(label)]) + label
    return packet + b"\x00" + _A_IN


def answer(packet, asked):
    """The address in the answer to ``asked``; "" when the server knows none; None when this answers something else."""
    size = len(asked)
    if len(packet) < size or packet[:2] != asked[:2] or not packet[2] & 0x80:
        return None
    if packet[_HEADER:size].lower() != asked[_HEADER:].lower():
        return None
    try:
        return _first_address(packet, size, packet[6] << 8 | packet[7])
    except IndexError:
        return ""  # cut short


def _first_address(packet, at, answers):
    for _ in range(answers):
        at = _past_name(packet, at)
        length = packet[at + 8] << 8 | packet[at + 9]
        if packet[at : at + 4] == _A_IN and length == 4:
            return "%d.%d.%d.%d" % (packet[at + 10], packet[at + 11], packet[at + 12], packet[at + 13])
        at += 10 + length
    return ""


def _past_name(packet, at):
    """Where a name ends: at its empty label, or after a pointer to an earlier one."""
    while packet[at]:
        if packet[at] >= 0xC0:
            return at + 2
        at += 1 + packet[at]
    return at + 1
