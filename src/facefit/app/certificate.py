"""https for a server in one's own network: an authority of one's own, and a certificate that it signed.

The phone is told once to trust the authority. Its key stays in the user's data folder, readable by nobody else, and it
may sign for addresses of private networks and for this machine's name only, so that a stolen key opens nothing else.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from facefit.app.certificate_builders import VALID_DAYS, authority_builder, now, permits, server_builder, signed
from facefit.app.serving import Tls
from facefit.artifacts import read_bytes, replacing
from facefit.errors import ArtifactError, InputError

_RENEW_DAYS = 7


def certified(folder: Path, addresses: Sequence[str]) -> tuple[Tls, Path]:
    """A certificate for localhost, this machine's name and `addresses`, and the file of the authority that signed it.

    Kept in `folder`; made anew if it is about to end or is for other addresses, the authority only if it is about to
    end. A machine that was renamed since then goes without its name. Raises `InputError` for an address that the
    authority may not vouch for, and for anything that is no address.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority_key, authority = _authority(folder)
    tls = Tls(folder / "server.crt", folder / "server.key")
    names = _names(addresses, authority)
    if not _serves(tls.certificate, authority, names):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = signed(
            server_builder(key, names), authority.subject, authority_key, authority.not_valid_after_utc
        )
        _write_key(tls.key, key)
        _write(tls.certificate, certificate.public_bytes(serialization.Encoding.PEM))
    return tls, folder / "authority.crt"


def fingerprint(authority: Path) -> str:
    """SHA-256 of a certificate, to compare with what a phone shows."""
    digest = _read_certificate(authority).fingerprint(hashes.SHA256())
    return ":".join(f"{byte:02X}" for byte in digest)


def _authority(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    certificate_file, key_file = folder / "authority.crt", folder / "authority.key"
    if certificate_file.exists() and key_file.exists():
        certificate = _read_certificate(certificate_file)
        if _days_left(certificate) > _RENEW_DAYS:
            return _read_key(key_file), certificate
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"facefit on {socket.gethostname()}"[:64])])
    certificate = signed(authority_builder(key, name), name, key, now() + dt.timedelta(days=VALID_DAYS))
    _write_key(key_file, key)
    _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


def _names(addresses: Sequence[str], authority: x509.Certificate) -> list[x509.GeneralName]:
    hosts = [x509.DNSName(host) for host in ("localhost", socket.gethostname()) if permits(authority, host)]
    numbers = [x509.IPAddress(_private_address(a, authority)) for a in ("127.0.0.1", *addresses)]
    return [*hosts, *numbers]


def _private_address(text: str, authority: x509.Certificate) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise InputError(f"--host {text}: is no address; with --https give one, such as 192.168.1.5") from error
    if not permits(authority, address):
        raise InputError(
            f"{text}: is no private address, so --https cannot vouch for it; "
            "give a private one with --host, or use --adb or --host 127.0.0.1"
        )
    return address


def _serves(file: Path, authority: x509.Certificate, names: list[x509.GeneralName]) -> bool:
    if not file.exists() or not file.with_suffix(".key").exists():
        return False
    certificate = _read_certificate(file)
    if certificate.issuer != authority.subject or _days_left(certificate) <= _RENEW_DAYS:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # of an earlier authority, whatever the library calls that
        return False
    given = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names) == set(given)


def _read_certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(read_bytes(file, "a certificate"))
    except ValueError as error:
        raise ArtifactError(f"{file}: is no certificate ({error}); delete the folder {file.parent}") from error


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(read_bytes(file, "a key"), None)
    except ValueError as error:
        raise ArtifactError(f"{file}: is no key ({error}); delete the folder {file.parent}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ArtifactError(f"{file}: is no key of ours; delete the folder {file.parent}")
    return key


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Nobody but the user may ever read it, not even before it is whole."""
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with replacing(file) as temporary:
        os.chmod(temporary, 0o600)
        temporary.write_bytes(data)


def _write(file: Path, data: bytes) -> None:
    with replacing(file) as temporary:
        temporary.write_bytes(data)


def _days_left(certificate: x509.Certificate) -> float:
    return (certificate.not_valid_after_utc - now()) / dt.timedelta(days=1)
