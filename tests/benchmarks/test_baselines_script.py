"""Baselines are trained, judged and timed by files that are alike, from random weights or from other runs.

EfficientNet-B0 after a few steps turns roundings into other answers altogether, so its file is compared loosely.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import bundles
import pytest
from calls import Call

from facefit.bundle import SUPERNET, Bundle
from facefit.graph import export, handover
from facefit.graph.parity import Parity
from facefit.runtime import Descriptor

pytestmark = pytest.mark.slow
SMALLEST = "smallest subnet alone"


def test_networks_start_from_runs_of_another_task(
    script: Call,
    ferplus: Path,
    small_recipe: Path,
    start_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handover, "PARITY_LIMITS", {"float16": Parity(2.0, -1.0)})
    order = ("baselines.py", "--data", ferplus, "--recipe", small_recipe, "--images", 48, "--epochs-scale", 0.5,
             "--seconds", 0.1, "--networks", SMALLEST)  # fmt: skip
    first = script(*order, "--out", tmp_path / "a")
    assert first.code == 0, first
    rows = {row["network"]: row for row in first.json["rows"]}
    assert rows.keys() == {"EfficientNet-B0", SMALLEST} and first.json["n"] == 40
    for row in rows.values():
        assert (row["outputs"], row["weights"], row["start"]) == (["descriptor", "probabilities"], "float16", None)
        low, high = row["latency_ratio_interval"]
        assert 0 < low <= row["latency_ratio"] <= high
    assert rows[SMALLEST]["latency_ratio"] < 1 and rows["EfficientNet-B0"]["minus_EfficientNet-B0"]["difference"] == 0
    assert "all give descriptor and probabilities, float16. All learnt the same: " in first.out
    assert first.json["taught_differently"] is None and "AlexNet" not in first.out
    file = tmp_path / "a" / "smallest-subnet-alone" / "network.tflite"
    assert Descriptor(file).classes[:2] == ("neutral", "happiness")
    second = script(*order, "--out", tmp_path / "b", "--start-from", tmp_path / "a", "--ours", f"mine={file}")
    assert second.code == 0 and second.err.count("starts from ") == 2, second
    started = {row["network"]: row["start"] for row in second.json["rows"]}
    assert started == {"EfficientNet-B0": str(tmp_path / "a" / "efficientnet-b0"), "mine": None,
                       SMALLEST: str(file.parent)}  # fmt: skip
    learnt = {row["network"]: row["schooling"] for row in second.json["rows"]}
    assert learnt == {"EfficientNet-B0": learnt[SMALLEST], "mine": None,
                      SMALLEST: [{"data": ferplus.name, "n": 48, "teacher": None, "epochs": 2}]}  # fmt: skip
    differently = (f"EfficientNet-B0 and {SMALLEST}: {ferplus.name}, n = 48, no teacher, 2 epochs; "
                   "mine: training not known")  # fmt: skip
    assert second.json["taught_differently"] == differently and f"Taught differently: {differently}." in second.out
    assert f"taught differently: {differently}" in second.err
    mine = next(row for row in second.json["rows"] if row["network"] == "mine")
    assert mine["accuracy"] == rows[SMALLEST]["accuracy"] and mine["size_bytes"] == rows[SMALLEST]["size_bytes"]
    shutil.copy(start_weights, tmp_path / "a" / SUPERNET)
    third = script(*order, "--out", tmp_path / "e", "--start-from", tmp_path / "a")
    begun = {row["network"]: row["start"] for row in third.json["rows"]}
    assert begun[SMALLEST] == str(tmp_path / "a" / SUPERNET) and begun["EfficientNet-B0"] == started["EfficientNet-B0"]
    missing = script(*order, "--out", tmp_path / "c", "--start-from", tmp_path)
    assert missing.code == 1 and "expected a finished run of EfficientNet-B0" in missing.err
    for ours, said in ((f"mine={tmp_path / 'gone.tflite'}", "gone.tflite"), (f"{SMALLEST}={file}", "another name")):
        refused = script(*order, "--out", tmp_path / "d", "--ours", ours)
        assert refused.code == 1 and said in refused.err and not (tmp_path / "d").exists()


def test_files_that_tell_other_classes_are_refused(script: Call, ferplus: Path, tmp_path: Path) -> None:
    bundle, file = Bundle.load(bundles.write_bundle(tmp_path / "bundle")), tmp_path / "other.tflite"
    export(bundle.extract(bundle.space.smallest), file, bundle.outputs)
    refused = script("baselines.py", "--data", ferplus, "--out", tmp_path / "out", "--ours", f"0.4x={file}")
    assert refused.code == 1 and "happiness, neutral, sadness apart; expected FER+'s: neutral" in refused.err
    assert not (tmp_path / "out").exists()
