"""https by an authority of one's own."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import stat
from pathlib import Path
from urllib.error import URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import pytest
from cryptography import x509

from facefit.app import certificate_builders
from facefit.app.certificate import certified, fingerprint
from facefit.app.serving import bound_socket, serving
from facefit.errors import ArtifactError, InputError


async def plain_app(scope: dict[str, object], receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]


def status(address: str, context: ssl.SSLContext) -> int:
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    with opener.open(address, timeout=10) as answer:
        return int(answer.status)


def test_a_client_that_trusts_the_authority_comes_in(tmp_path: Path) -> None:
    tls, authority = certified(tmp_path, ["192.168.1.5"])
    listening = bound_socket("127.0.0.1", 0)
    port = listening.getsockname()[1]
    with serving(plain_app, listening, tls):  # type: ignore[arg-type]
        for host in ("localhost", "127.0.0.1"):
            trusting = ssl.create_default_context(cafile=str(authority))
            assert status(f"https://{host}:{port}/", trusting) == 204
        with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
            status(f"https://localhost:{port}/", ssl.create_default_context())


def test_certificates_end_within_397_days_and_keys_are_private(tmp_path: Path) -> None:
    tls, authority = certified(tmp_path, [])
    for file in (tls.certificate, authority):
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= dt.timedelta(days=397)
    for key in (tls.key, tmp_path / "authority.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_kept_as_long_as_they_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, authority = certified(tmp_path, ["192.168.1.5"])
    first, trusted = tls.certificate.read_bytes(), fingerprint(authority)
    certified(tmp_path, ["192.168.1.5"])
    assert tls.certificate.read_bytes() == first
    certified(tmp_path, ["192.168.1.6"])  # another network: another certificate of the same authority
    assert tls.certificate.read_bytes() != first and fingerprint(authority) == trusted
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=395)
    monkeypatch.setattr("facefit.app.certificate.now", lambda: later)
    monkeypatch.setattr(certificate_builders, "now", lambda: later)
    certified(tmp_path, ["192.168.1.6"])
    assert fingerprint(authority) != trusted


def test_the_authority_vouches_for_private_addresses_only(tmp_path: Path) -> None:
    _, authority = certified(tmp_path, [])
    certificate = x509.load_pem_x509_certificate(authority.read_bytes())
    permitted = certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    assert permitted
    names = {name.value for name in permitted if isinstance(name, x509.DNSName)}
    assert names == {"localhost", socket.gethostname()}
    assert all(n.value.is_private for n in permitted if isinstance(n, x509.IPAddress))


def test_a_machine_that_was_renamed_is_still_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, authority = certified(tmp_path, [])
    trusted = fingerprint(authority)
    monkeypatch.setattr(socket, "gethostname", lambda: "renamed")
    assert certified(tmp_path, [])[0] == tls and fingerprint(authority) == trusted
    certificate = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert named.get_values_for_type(x509.DNSName) == ["localhost"]
    listening = bound_socket("127.0.0.1", 0)
    with serving(plain_app, listening, tls):  # type: ignore[arg-type]
        trusting = ssl.create_default_context(cafile=str(authority))
        assert status(f"https://localhost:{listening.getsockname()[1]}/", trusting) == 204


@pytest.mark.parametrize(
    ("address", "words"), [("203.0.113.5", "private"), ("my-computer", "no address"), ("::1", "private")]
)
def test_an_address_that_cannot_be_vouched_for_is_told(tmp_path: Path, address: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        certified(tmp_path, [address])
    certified(tmp_path, ["192.168.1.5"])


@pytest.mark.parametrize("name", ["authority.crt", "authority.key"])
def test_damaged_files_are_named(tmp_path: Path, name: str) -> None:
    certified(tmp_path, [])
    (tmp_path / name).write_text("-----BEGIN NOTHING-----")
    with pytest.raises(ArtifactError, match=name):
        certified(tmp_path, [])
