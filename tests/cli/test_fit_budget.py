"""`facefit fit` within limits on parameters, multiply-accumulates and the file beside the one on latency."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from calls import Call

from facefit import DeviceProfile
from facefit.bundle import SUPERNET
from facefit.space import SearchSpace, subnet_from_config
from facefit.weights import SharedWeights

LOOSE = ("--limit", "100ms", "--json")


@pytest.fixture
def free(call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path) -> dict[str, Any]:
    """What a fit answers that latency alone limits, and not much."""
    answer = call("fit", *LOOSE, "--profile", profile_file, "--out", tmp_path / "free", "--bundle", bundle_folder)
    assert answer.code == 0, answer
    return answer.json


def sizes(space: SearchSpace, config: dict[str, Any]) -> tuple[int, int]:
    """Parameters and multiply-accumulates."""
    layers = space.layers(subnet_from_config(space, config))
    return sum(layer.parameters for layer in layers), sum(layer.macs for layer in layers)


def test_a_fit_keeps_all_limits_together(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path, free: dict[str, Any]
) -> None:
    space, out = DeviceProfile.load(profile_file).space, tmp_path / "run"
    assert (free["parameters"], free["macs"]) == sizes(space, free["subnet"]) and free["max_megabytes"] is None
    most = 0.95 * free["parameters"], 0.6 * free["macs"], 0.97e-6 * free["size_bytes"]
    limits = [*zip(("--max-parameters", "--max-macs", "--max-megabytes"), most, strict=True)]
    common = (*LOOSE, "--profile", profile_file, "--out", out, "--bundle", bundle_folder)
    for option, value in limits:
        answer = call("fit", *common, option, value)
        assert answer.code == 0, answer
    answer = call("fit", *common, *(word for pair in limits for word in pair))
    assert answer.code == 0, answer
    result = answer.json
    assert (result["parameters"], result["macs"]) == sizes(space, result["subnet"])
    assert result["parameters"] <= most[0] and result["macs"] <= most[1]
    assert result["size_bytes"] == (out / "descriptor.tflite").stat().st_size <= 1e6 * most[2]
    assert [result[name] for name in ("max_parameters", "max_macs", "max_megabytes")] == list(most)
    assert json.loads((out / "search.json").read_text())["max_macs"] == most[1]
    page = (out / "report.html").read_text()
    assert "budget" in page and f"{most[2]:g} MB" in page
    assert "at most" in answer.err and "multiply-accumulates" in answer.err


@pytest.mark.parametrize("option", ["--max-parameters", "--max-macs", "--max-megabytes"])
def test_an_impossible_limit_is_told_before_anything_is_measured(
    call: Call, bundle_folder: Path, tmp_path: Path, option: str
) -> None:
    common = ("fit", "--out", tmp_path / "run", "--bundle", bundle_folder)
    call(*common, option, "0.0001").is_mistake("limit is", "allow at least")
    call(*common, option, "-1").is_mistake("expected more than 0")
    assert not any((tmp_path / "run").iterdir())


def test_a_long_card_counts(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path, free: dict[str, Any]
) -> None:
    """A card may say much, such as whom a network has learnt from; the limit holds for the whole file all the same."""
    bundle = shutil.copytree(bundle_folder, tmp_path / "wordy")
    weights = SharedWeights.load(bundle_folder / SUPERNET)
    wordy = replace(weights.metadata, training={"data": 60_000 * "x"})
    replace(weights, metadata=wordy).save(bundle / SUPERNET)
    common = ("--profile", profile_file, "--out", tmp_path / "run", "--bundle", bundle)
    megabytes = 1e-6 * (free["size_bytes"] + 50_000)
    answer = call("fit", *LOOSE, *common, "--max-megabytes", megabytes)
    assert answer.code == 0, answer
    assert (tmp_path / "run" / "descriptor.tflite").stat().st_size <= 1e6 * megabytes
    assert answer.json["subnet"] != free["subnet"]
    call("fit", *LOOSE, *common, "--max-megabytes", 0.06).is_mistake("file size limit", "allow at least")


def test_a_budget_holds_for_each_device(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path, free: dict[str, Any]
) -> None:
    board, here = tmp_path / "board.profile.json", DeviceProfile.load(profile_file)
    replace(here, identity=replace(here.identity, device="Board"), depthwise7_ms={"plain": 1.0, "split": 9.0}).save(
        board
    )
    out, megabytes = tmp_path / "fleet", 0.97e-6 * free["size_bytes"]
    profiles = ("--profile", profile_file, "--profile", board)
    answer = call("fit", *LOOSE, *profiles, "--out", out, "--bundle", bundle_folder, "--max-megabytes", megabytes)
    assert answer.code == 0, answer
    for device in answer.json["devices"]:
        assert (out / device["name"] / "descriptor.tflite").stat().st_size == device["size_bytes"] <= 1e6 * megabytes
        assert device["max_megabytes"] == megabytes
    assert f"{megabytes:g} MB" in (out / "report.html").read_text()
    call("fit", *profiles, "--out", out, "--bundle", bundle_folder, "--max-macs", 1).is_mistake("MACs limit")
