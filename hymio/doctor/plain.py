"""Whether somebody can speak in plain text where TLS is on."""

import contextlib
import socket
from collections.abc import Iterator

from collector.connection.frames import BrokerAddress
from hymio.doctor.finding import Finding, bad, ok, warn

PLAIN_PORT = 1883
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_CONNECT = b"\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06doctor"
"""A CONNECT of MQTT 3.1.1 without an account: whoever answers it with a CONNACK, whatever it says, took plain text."""


def check(address: BrokerAddress, port: int = PLAIN_PORT) -> Iterator[Finding]:
    """``port``: where brokers listen for plain text, tried beside the broker's own."""
    if not address.tls:
        if address.host in _LOOPBACK:
            yield ok("the broker is on this computer, without TLS")
        else:
            todo = "turn on TLS: `hymio broker config` without --plain, or the broker's own; then broker_tls = true"
            yield warn(f"passwords and taps travel to {address.host} in plain text", todo)
        return
    for number in dict.fromkeys((address.port, port)):
        if _takes_plain_text(address.host, number):
            todo = "close that listener, or let it listen on 127.0.0.1 alone"
            yield bad(
                f"{address.host}:{number} takes plain text beside TLS: a kiosk's password can be read there", todo
            )
        else:
            yield ok(f"{address.host}:{number} takes no plain text")


def _takes_plain_text(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), 5) as line:
        line.sendall(_CONNECT)
        return line.recv(1) == b"\x20"
    return False
