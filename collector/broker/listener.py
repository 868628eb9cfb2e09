"""The listening socket: its address, its certificate, and plain words for what keeps it from opening."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable

from collector.broker.gate import MAX_PACKET

Meet = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class BrokerError(Exception):
    """The broker cannot listen where it was told to; the message says why, for whoever runs it."""


async def listen(
    meet: Meet, host: str, port: int, certificate: tuple[str | None, str | None], handshake_s: float
) -> asyncio.Server:
    """Calls ``meet`` for every connection. ``certificate`` names two PEM files, or neither. Raises BrokerError."""
    tls = _tls(*certificate)
    patience_s = handshake_s if tls else None
    try:
        return await asyncio.start_server(meet, host, port, limit=MAX_PACKET, ssl=tls, ssl_handshake_timeout=patience_s)
    except (OSError, OverflowError) as fault:
        raise BrokerError(_why_not(fault, host, port)) from fault


def _tls(certfile: str | None, keyfile: str | None) -> ssl.SSLContext | None:
    if certfile is None and keyfile is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certfile or "", keyfile)
    except (OSError, ssl.SSLError) as fault:
        raise BrokerError(f"the broker's certificate {certfile} with key {keyfile} cannot be used: {fault}") from fault
    return context


def _why_not(fault: Exception, host: str, port: int) -> str:
    if isinstance(fault, OSError) and fault.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program; stop it, or give the broker another port"
    if isinstance(fault, OSError) and fault.errno == errno.EACCES:
        return f"port {port} on {host} may not be used by this user; choose one from 1024 to 65535"
    return f"the broker cannot listen on {host}, port {port}: {fault}"


def tune(sock: socket.socket) -> None:
    # an ack of 60 bytes must not wait for the one before it (40 ms by Nagle's rule and delayed acknowledgement)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # clients that promise no keep-alive and lost their power are found by the system, after hours
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
