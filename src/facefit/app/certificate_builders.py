"""What the two certificates of `facefit.app.certificate` say."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 397
"""What browsers allow at most."""
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8")


def authority_builder(key: ec.EllipticCurvePrivateKey, name: x509.Name) -> x509.CertificateBuilder:
    """May sign for private addresses and this machine's name, and for no other authority."""
    permitted: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_network(network)) for network in _PRIVATE]
    permitted += [x509.DNSName("localhost"), x509.DNSName(socket.gethostname())]
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return (
        _builder(key, name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(usage, critical=True)
    )


def permits(authority: x509.Certificate, name: str | IPv4Address | IPv6Address) -> bool:
    """Whether the authority may sign for it; clients turn down a certificate with anything else in it as a whole."""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or ()
    if isinstance(name, str):
        return x509.DNSName(name) in permitted
    ranges = (entry.value for entry in permitted if isinstance(entry, x509.IPAddress))
    return any(isinstance(network, IPv4Network | IPv6Network) and name in network for network in ranges)


def server_builder(key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName]) -> x509.CertificateBuilder:
    """For a server of these names and addresses."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "facefit app")])
    return (
        _builder(key, name)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def _builder(key: ec.EllipticCurvePrivateKey, name: x509.Name) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(name).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now() - dt.timedelta(hours=1))


def signed(
    builder: x509.CertificateBuilder, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, latest: dt.datetime
) -> x509.Certificate:
    """Valid for 397 days, the hour before now included, or as long as the authority."""
    end = min(latest, now() + dt.timedelta(days=VALID_DAYS) - dt.timedelta(hours=2))
    return builder.issuer_name(issuer).not_valid_after(end).sign(key, hashes.SHA256())


def now() -> dt.datetime:
    """In UTC, as certificates count."""
    return dt.datetime.now(dt.UTC)
