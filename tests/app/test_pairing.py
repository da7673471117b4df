"""The one-time code and what follows it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from served import Served
from starlette.testclient import TestClient

from facefit.app.limits import Refused
from facefit.app.pairing import COOKIE, VALID_SECONDS, Pairing
from facefit.errors import ArtifactError


def test_a_code_is_good_for_one_device(tmp_path: Path) -> None:
    codes: list[str] = []
    pairing = Pairing(tmp_path / "sessions.json", codes.append)
    code = pairing.code
    token = pairing.redeem(code.lower().replace("-", " "), "phone")
    with pytest.raises(Refused) as error:
        pairing.redeem(code, "stranger")
    assert error.value.status == 403
    assert codes == [pairing.code] and pairing.code != code
    assert pairing.session(token) != pairing.session(pairing.redeem(pairing.code, "tablet"))


def test_guessing_is_slow(tmp_path: Path) -> None:
    pairing = Pairing(tmp_path / "sessions.json")
    statuses = []
    for i in range(7):
        with pytest.raises(Refused) as error:
            pairing.redeem(f"AAAA-AAA{i + 2}", "stranger")
        statuses.append(error.value.status)
    assert statuses == [403] * 5 + [429] * 2
    assert pairing.redeem(pairing.code, "phone")  # others need not wait


def test_sessions_outlive_the_server_but_not_ninety_days(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    pairing = Pairing(file, clock=lambda: 1000.0)
    token = pairing.redeem(pairing.code, "phone")
    assert token not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    Pairing(file, clock=lambda: 1000.0 + VALID_SECONDS).session(token)
    with pytest.raises(Refused):
        Pairing(file, clock=lambda: 1001.0 + VALID_SECONDS).session(token)


@pytest.mark.parametrize("text", ["{}", "[]", '{"schema": "facefit.app-sessions/1", "sessions": {"a": "x"}}', "{"])
def test_a_damaged_list_of_sessions_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "sessions.json"
    file.write_text(text)
    with pytest.raises(ArtifactError, match=r"sessions\.json"):
        Pairing(file)


def test_the_token_is_out_of_reach_of_scripts_and_other_sites(served: Served) -> None:
    answer = served.client().post("/api/pair", json={"code": served.pairing.code})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie


def test_pairings_over_http_and_https_do_not_disturb_each_other(served: Served) -> None:
    plain, safe = (TestClient(served.app, f"{scheme}://testserver") for scheme in ("http", "https"))
    cookies = []
    for client in (plain, safe):
        answer = client.post("/api/pair", json={"code": served.pairing.code})
        cookies.append(answer.headers["set-cookie"])
        assert client.get("/api/status").json()["paired"] is True
    (name, *_), (secure_name, *_) = (cookie.split("=") for cookie in cookies)
    assert name != secure_name and secure_name.startswith("__Host-")
    assert ["secure" in cookie.lower().split("; ") for cookie in cookies] == [False, True]
    stranger = TestClient(served.app, "https://testserver", cookies={COOKIE: plain.cookies[COOKIE]})
    assert stranger.get("/api/status").json()["paired"] is False


def test_a_wrong_code_is_told(served: Served) -> None:
    answer = served.client().post("/api/pair", json={"code": "AAAA-AAAA"})
    assert answer.status_code == 403 and "code" in answer.json()["error"]
