"""The broker's certificate, as it is shown to whoever comes: for the right name, trusted, and for how long yet."""

import datetime
import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from collector.connection.frames import BrokerAddress
from collector.connection.receiver import trust
from hymio.doctor.finding import Finding, bad, ok, warn

if TYPE_CHECKING:
    from cryptography import x509

WARN_DAYS = 30  # `hymio broker config` renews it from 90 days before its end
BAD_DAYS = 7
_PATIENCE_S = 5
_TODO = (
    "write the configuration again (`hymio broker config`, which renews it), or renew your own; then restart the broker"
)


def check(address: BrokerAddress, now: datetime.datetime) -> Iterator[Finding]:
    if not address.tls:
        return
    try:
        shown = _shown(address)
    except (ConnectionRefusedError, socket.gaierror) as fault:
        todo = "start the broker, or mend broker_host and broker_port"
        yield bad(f"nobody shows a certificate at {address.host}:{address.port}: {fault}", todo)
        return
    except OSError as fault:
        yield bad(f"{address.host}:{address.port} does not speak TLS: {fault}", "mend broker_port, or broker_tls")
        return
    left = shown.not_valid_after_utc - now
    until = f"{shown.not_valid_after_utc:%Y-%m-%d}"
    if left <= datetime.timedelta():
        yield bad(f"the broker's certificate ended on {until}: no kiosk comes in", _TODO)
    elif left < datetime.timedelta(days=BAD_DAYS):
        yield bad(f"the broker's certificate ends on {until}", _TODO)
    elif left < datetime.timedelta(days=WARN_DAYS):
        yield warn(f"the broker's certificate ends on {until}", _TODO)
    else:
        yield ok(f"the broker's certificate is good until {until}")
    if left > datetime.timedelta():
        yield from _trusted(address)


def _shown(address: BrokerAddress) -> "x509.Certificate":
    from cryptography import x509  # of all commands only `hymio doctor` wants it here

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((address.host, address.port), _PATIENCE_S) as line,
        context.wrap_socket(line, server_hostname=address.host) as secure,
    ):
        raw = secure.getpeercert(binary_form=True)
    if raw is None:
        raise OSError("it shows no certificate")
    return x509.load_der_x509_certificate(raw)


def _trusted(address: BrokerAddress) -> Iterator[Finding]:
    try:
        with (
            socket.create_connection((address.host, address.port), _PATIENCE_S) as line,
            trust(address.ca, address.pinned).wrap_socket(line, server_hostname=address.host),
        ):
            yield ok("the broker's certificate is for its name and signed by whom we trust")
    except ssl.SSLCertVerificationError as fault:
        todo = "set broker_ca to the authority's certificate, and broker_host to a name that the certificate is for"
        yield bad(f"the broker's certificate is not believed: {fault.verify_message}", todo)
