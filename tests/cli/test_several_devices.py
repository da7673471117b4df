"""`facefit fit` for several devices."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from calls import Answer, Call
from lessons import noise_folders

from facefit import Descriptor, DeviceProfile
from facefit.device import Entry
from facefit.space import subnet_from_config


@pytest.fixture
def board(profile_file: Path, tmp_path: Path) -> Path:
    """A device elsewhere, five times slower than this one, and twenty times in layers with 7x7."""
    here, path = DeviceProfile.load(profile_file), tmp_path / "board.profile.json"
    entries = {
        name: Entry(entry.ms * (20 if "kernel:7" in name else 5), entry.spread_percent)
        for name, entry in here.entries.items()
    }
    references = {r: Entry(5 * entry.ms, 0.1) for r, entry in here.references.items()}
    identity = replace(here.identity, device="Board")
    replace(here, entries=entries, references=references, identity=identity).save(path)
    return path


def test_each_device_gets_its_own_network(
    call: Call, bundle_folder: Path, profile_file: Path, board: Path, tmp_path: Path
) -> None:
    out, here = tmp_path / "fleet", tmp_path / "here.json"
    profile = DeviceProfile.load(profile_file)
    slower = {r: Entry(2 * entry.ms, entry.spread_percent) for r, entry in profile.references.items()}
    replace(profile, references=slower).save(here)
    profiles = ("--profile", here, "--profile", board)
    answer = call("fit", *profiles, "--limit", "0.05x", "--out", out, "--bundle", bundle_folder, "--json")
    assert answer.code == 0, answer
    devices = answer.json["devices"]
    assert [(d["name"], d["here"]) for d in devices] == [("here", True), ("board", False)]
    assert devices[0]["limit_kept"] and devices[1]["measured_ms"] is devices[1]["limit_kept"] is None
    again = f"facefit profile --out {here} --bundle {bundle_folder}"
    assert f"less time than in its profile: measure it anew while nothing else runs: {again}" in answer.err
    assert "here: this machine now takes" in answer.err and "board: this machine" not in answer.err
    for d, path in zip(devices, (here, board), strict=True):
        profile = DeviceProfile.load(path)
        assert d["limit_ms"] == pytest.approx(0.05 * d["reference_ms"])
        assert d["here"] or d["reference_ms"] == profile.reference_ms
        subnet = subnet_from_config(profile.space, d["subnet"])
        assert d["predicted_ms"] == pytest.approx(profile.predict_ms(profile.space, subnet))
        descriptor = Descriptor(out / d["name"] / "descriptor.tflite")
        assert ("measured_ms" in descriptor.card["latency"]) == d["here"]
        assert json.loads((out / d["name"] / "subnet.json").read_text()) == d["subnet"]
        assert (out / d["name"] / "report.html").exists() and (out / d["name"] / "profile.json").exists()
    table = answer.json["predicted_ms"]
    assert [table[i][i] for i in (0, 1)] == pytest.approx([d["predicted_ms"] for d in devices])
    assert "board/report.html" in (out / "report.html").read_text() and answer.json["report"] == str(
        out / "report.html"
    )
    assert "not measured" in (out / "board" / "report.html").read_text()


def test_a_limit_for_each_device(
    call: Call, bundle_folder: Path, profile_file: Path, board: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "other.profile.json"
    replace(DeviceProfile.load(board), references={}).save(elsewhere)  # as an imported table: limits in ms alone
    limit_ms = 0.2 * DeviceProfile.load(board).reference_ms
    arguments = ("--profile", board, "--profile", elsewhere, "--limit", "0.1x", "--limit", f"{limit_ms}ms")
    answer = call("fit", *arguments, "--out", tmp_path / "fleet", "--bundle", bundle_folder, "--json")
    assert answer.code == 0, answer
    assert answer.json["devices"][0]["limit_ms"] == pytest.approx(limit_ms / 2)
    assert answer.json["devices"][1]["limit_ms"] == pytest.approx(limit_ms)
    assert answer.json["devices"][1]["reference_ms"] is None


def test_mistakes_are_told_before_any_work(
    call: Call, bundle_folder: Path, profile_file: Path, board: Path, tmp_path: Path
) -> None:
    out = tmp_path / "fleet"

    def refused(*arguments: object) -> Answer:
        return call("fit", *arguments, "--out", out, "--bundle", bundle_folder)

    two = ("--profile", profile_file, "--profile", board)
    refused(*two, "--limit", "0.1x", "--limit", "1x", "--limit", "2x").is_mistake("3 limits for 2 profiles")
    refused("--limit", "0.1x", "--limit", "1x").is_mistake("2 limits for one device")
    refused(*two, "--limit", "soon").is_mistake("soon")
    refused(*two, "--limit", "0.0001ms").is_mistake("here", "the fastest subnet there is takes")
    refused("--profile", board, "--profile", board).is_mistake("two profiles are called 'board'")
    refused("--profile", board, "--profile", tmp_path / "gone.json").is_mistake("gone.json")
    refused("--profile", board).is_mistake("expected this machine", "'--profile' for each")
    profile, other = DeviceProfile.load(profile_file), tmp_path / "outdated.json"
    replace(profile, identity=replace(profile.identity, threads=2)).save(other)
    refused("--profile", other).is_mistake("is for 2 thread(s)", "'--threads 2'")
    replace(profile, identity=replace(profile.identity, runtime_version="1.0")).save(other)
    refused("--profile", other).is_mistake("1.0", f"'facefit profile --out {other}'")
    assert not list(out.iterdir())


def test_finalists_are_measured_for_each_device(
    call: Call, bundle_folder: Path, profile_file: Path, board: Path, tmp_path: Path
) -> None:
    faces, out = noise_folders(tmp_path / "faces", photos=60, side=32), tmp_path / "fleet"
    arguments = ("--profile", profile_file, "--profile", board, "--limit", "1x", "--bundle", bundle_folder, "--json")
    answer = call("fit", *arguments, "--finalists", faces, "--out", out)
    assert answer.code == 0, answer
    here, elsewhere = answer.json["devices"]
    for device in (here, elsewhere):
        assert device["accuracy_kind"] == "measured on the search split"
        record = json.loads((out / device["name"] / "search.json").read_text())["finalists"]
        assert all(row["measured_accuracy"] is not None for row in record)
        assert device["accuracy"] in [row["measured_accuracy"] for row in record]
    low, high = here["measured_ms_interval"]
    assert low <= here["measured_ms"] <= high and elsewhere["measured_ms_interval"] is None
    page = (out / "report.html").read_text()
    assert "measured accuracy" in page and "predicted accuracy" not in page
    assert "% measured" in answer.err
    call("fit", *arguments, "--finalists", tmp_path / "nowhere", "--out", out).is_mistake("nowhere")
