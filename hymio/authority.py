"""A small certificate authority for a site that has none: one that only this broker's kiosks and collectors trust.

Its keys are RSA: an emulated Pico's handshake takes 1.7 s with them and 3.9 s with keys on P-256 (``make bench
PARTS=emulating``), and a kiosk is back after a broker's restart so much sooner.
"""

import datetime
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650 * 2  # a kiosk has it on flash, and hangs on its wall for as long
SERVER_DAYS = 825  # what clients at large accept of a certificate; `hymio broker config` renews it
RENEW_DAYS = 90
AUTHORITY_BITS = 3072  # NIST SP 800-57 part 1, table 2: 128 bits of security, for as long as a kiosk hangs on its wall
SERVER_BITS = 2048  # 112 bits, good until 2030 (the same, table 4), and replaced sooner than every SERVER_DAYS
_EXPONENT = 65537
_BACKDATED = datetime.timedelta(days=1)  # clocks differ


class AuthorityError(Exception):
    """No certificate can be signed. One sentence: what is in the way and what to do."""


@dataclass(frozen=True)
class Certificates:
    """Where the files are: the authority's certificate, the server's, and the server's key."""

    ca: Path
    certificate: Path
    key: Path


def ensure(folder: Path, host: str, now: datetime.datetime) -> tuple[Certificates, bool]:
    """The files in ``folder`` for a server called ``host``, made where they are missing, for another name, or old.

    The authority stays the same, so that kiosks go on; its key is needed only where something is signed. Also answers
    whether a server certificate was made. Raises AuthorityError where half of an authority is there.
    """
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    ca_key = folder / "ca.key"
    if not files.ca.exists() and not ca_key.exists():
        _make_authority(files.ca, ca_key, now)
    if _stands(files, host, now):
        return files, False
    for half in (files.ca, ca_key):
        if not half.exists():
            raise AuthorityError(
                f"{half} is not there; put it back to have a certificate signed. Without it there must be another "
                "authority, which every kiosk has to be flashed with: then move the other files of this folder away"
            )
    _sign(files, ca_key, host, now)
    return files, True


def _make_authority(pem: Path, key_file: Path, now: datetime.datetime) -> None:
    key = rsa.generate_private_key(_EXPONENT, AUTHORITY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hymio broker authority")])
    builder = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs=True), critical=True)
    _write(key_file, _pem_of(key), 0o600)
    _write(pem, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o644)


def _sign(files: Certificates, ca_key: Path, host: str, now: datetime.datetime) -> None:
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    signer = serialization.load_pem_private_key(ca_key.read_bytes(), None)
    assert isinstance(signer, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    key = rsa.generate_private_key(_EXPONENT, SERVER_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    builder = _builder(name, ca.subject, key.public_key(), now, SERVER_DAYS)
    builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    _write(files.key, _pem_of(key), 0o640)
    _write(files.certificate, builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _stands(files: Certificates, host: str, now: datetime.datetime) -> bool:
    """Whether the server's files are there, of this authority, for this name, and for long enough."""
    if not (files.ca.exists() and files.key.exists() and files.certificate.exists()):
        return False
    found = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    if key.public_key() != found.public_key():
        return False  # one was replaced, and then the power went
    try:
        found.verify_directly_issued_by(x509.load_pem_x509_certificate(files.ca.read_bytes()))
    except (ValueError, InvalidSignature):
        return False
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    left = found.not_valid_after_utc - now
    return _alternative(host) in names and left > datetime.timedelta(days=RENEW_DAYS)


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem_of(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    """Never readable by more than ``mode`` says, not for a moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as out:
        out.write(data)
