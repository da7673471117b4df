"""Addresses, invitations, and a phone at the end of adb."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import httpx2
import pytest
from phone import Phone

from facefit.app.hosting import Hosting
from facefit.app.invitation import Invitation
from facefit.app.measuring import Measuring
from facefit.app.serving import bound_socket
from facefit.errors import DeviceError, InputError


def test_the_phone_at_the_cable_finds_the_page_under_localhost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "phone").mkdir()
    phone = Phone(tmp_path / "phone")
    monkeypatch.setenv("PATH", f"{phone.bin}:{os.environ['PATH']}")
    told: list[str] = []
    with Hosting(tmp_path, port=0, adb=True).running(Measuring(), told.append) as (invitation, _):
        assert f"reverse tcp:{invitation.port} tcp:{invitation.port}" in phone.log.read_text()
        assert invitation.base == f"http://localhost:{invitation.port}"
    phone.connect({})
    with pytest.raises(DeviceError, match="no Android device"), Hosting(tmp_path, adb=True).running(Measuring(), print):
        pass


def test_https_offers_its_authority(tmp_path: Path) -> None:
    told: list[str] = []
    hosting = Hosting(tmp_path, "127.0.0.1", 0, https=True)
    with hosting.running(Measuring(), told.append) as (invitation, pairing):
        assert invitation.address(pairing.code).startswith("https://localhost:")
    assert any("/authority.crt" in line for line in told) and any("SHA-256" in line for line in told)
    assert stat.S_IMODE((tmp_path / "certificate" / "authority.key").stat().st_mode) == 0o600


def test_serves_and_stops(tmp_path: Path) -> None:
    with Hosting(tmp_path, "127.0.0.1", 0).running(Measuring(), lambda line: None) as (invitation, _):
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"{invitation.base}/", timeout=10) as answer:
            assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
    bound_socket("127.0.0.1", invitation.port).close()  # free again


def test_a_kept_connection_is_answered_at_once(tmp_path: Path) -> None:
    """A packet that waits for the one before it to be acknowledged takes 40 ms."""
    with Hosting(tmp_path, "127.0.0.1", 0).running(Measuring(), lambda line: None) as (invitation, _):
        seconds = []
        with httpx2.Client(base_url=invitation.base, trust_env=False) as client:
            for _ in range(12):
                start = time.perf_counter()
                assert client.get("/api/status").status_code == 200
                seconds.append(time.perf_counter() - start)
    assert min(seconds[1:]) < 0.03


def test_a_port_that_is_taken_is_told() -> None:
    taken = bound_socket("127.0.0.1", 0)
    with pytest.raises(InputError, match="--port"):
        bound_socket("127.0.0.1", taken.getsockname()[1])
    taken.close()


def test_https_for_a_name_is_told_and_leaves_the_port_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = bound_socket("127.0.0.1", 0)
    monkeypatch.setattr("facefit.app.hosting.bound_socket", lambda host, port: listening)
    hosting = Hosting(tmp_path, "my-computer", 0, https=True)
    with pytest.raises(InputError, match="is no address"), hosting.running(Measuring(), print):
        pass
    assert listening.fileno() == -1
    monkeypatch.undo()
    with Hosting(tmp_path, "localhost", 0, https=True).running(Measuring(), lambda line: None) as (invitation, _):
        assert invitation.base.startswith("https://localhost:")


def test_says_what_plain_http_lacks() -> None:
    plain, safe = (list(Invitation(8000, "192.168.1.5", https).lines("ABCD-2345")) for https in (False, True))
    assert any("--https" in line for line in plain) and not any("--https" in line for line in safe)
    assert "open http://192.168.1.5:8000/#code=ABCD-2345" in plain
