"""A whole profile over a real ssh."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from calls import Call
from sshd import Server

from facefit import Bundle, DeviceProfile
from facefit.device import LocalBackend


def test_profiles_a_machine_that_ssh_reaches(
    call: Call, server: Server, bundle_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facefit.device.remote._WAITS_S", (0.0,))
    out = tmp_path / "board.profile.json"
    common = ("--bundle", bundle_folder, "--rounds", "1", "--json")
    server.plan("pass", "cut")  # one portion comes through, then the connection breaks once
    answer = call("profile", "--ssh", "board", "--python", sys.executable, "--out", out, *common)
    assert answer.code == 0, answer.err
    assert answer.json["file"] == str(out) and answer.json["reference_ms"] > 0
    profile, space = DeviceProfile.load(out), Bundle.load(bundle_folder).space
    assert profile.identity == LocalBackend().identity()
    assert profile.predict_ms(space, space.largest) > profile.predict_ms(space, space.smallest) > 0
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    search = (
        "search",
        "--profile",
        out,
        "--bundle",
        bundle_folder,
        "--limit",
        "0.9x",
        "--json",
        "--python",
        sys.executable,
    )
    found = call(*search, "--ssh", "board")
    assert found.code == 0, found.err
    assert found.json["limit_kept"] and found.json["measured_ms"] > 0
    replace(profile, identity=replace(profile.identity, device="Another")).save(out)
    call(*search, "--ssh", "board").is_mistake("is of Another", "and board is", "measure one with 'facefit profile'")
    call(*search, "--ssh", "board", "--front").is_mistake("--front measures nothing")
