"""Baselines are trained, judged and timed by files that are alike, from random weights or from other runs.

EfficientNet-B0 after a few steps turns roundings into other answers altogether, so its file is compared loosely.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import Call

from facefit.errors import InputError
from facefit.graph import handover
from facefit.graph.parity import Parity
from facefit.runtime import Descriptor

pytestmark = pytest.mark.slow
SMALLEST = "smallest subnet alone"


def test_networks_start_from_runs_of_another_task(
    script: Call, ferplus: Path, small_recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    assert "all give descriptor and probabilities, float16. Starts: random weights." in first.out
    file = tmp_path / "a" / "smallest-subnet-alone" / "network.tflite"
    assert Descriptor(file).classes[:2] == ("neutral", "happiness")
    second = script(*order, "--out", tmp_path / "b", "--start-from", tmp_path / "a", "--ours", f"mine={file}")
    assert second.code == 0 and second.err.count("starts from ") == 2, second
    started = {row["network"]: row["start"] for row in second.json["rows"]}
    assert started == {"EfficientNet-B0": str(tmp_path / "a" / "efficientnet-b0"), "mine": None,
                       SMALLEST: str(file.parent)}  # fmt: skip
    begun = next(row["start_training"] for row in second.json["rows"] if row["network"] == SMALLEST)
    assert begun == {"data": ferplus.name, "n": 48, "teacher": None, "epochs": 1}
    assert f"from {file.parent} ({ferplus.name}, n = 48, no teacher, 1 epochs)" in second.out
    mine = next(row for row in second.json["rows"] if row["network"] == "mine")
    assert mine["accuracy"] == rows[SMALLEST]["accuracy"] and mine["size_bytes"] == rows[SMALLEST]["size_bytes"]
    missing = script(*order, "--out", tmp_path / "c", "--start-from", tmp_path)
    assert missing.code == 1 and "expected a finished run of EfficientNet-B0" in missing.err
    for ours, said in ((f"mine={tmp_path / 'gone.tflite'}", "gone.tflite"), (f"{SMALLEST}={file}", "another name")):
        refused = script(*order, "--out", tmp_path / "d", "--ours", ours)
        assert refused.code == 1 and said in refused.err and not (tmp_path / "d").exists()


@pytest.mark.usefixtures("scripts")
def test_starts_that_have_learnt_other_things_are_refused() -> None:
    from starts import Schooling, check_equal

    facts = {"data": "people", "n": 100, "teacher": "dlib", "recipe": {"phases": [{"epochs": 4}, {"epochs": 3}]}}
    one = Schooling.of(facts)
    assert one is not None and str(one) == "people, n = 100, taught by dlib, 7 epochs"
    check_equal({"a": one, "b": one})
    for other in ({"n": 99}, {"teacher": None}, {"data": "others"}, {"recipe": {"phases": [{"epochs": 4}]}}):
        unequal = Schooling.of(facts | other)
        assert unequal is not None
        with pytest.raises(InputError, match=r"starts differ .a: people, n = 100, taught by dlib, 7 epochs; b: "):
            check_equal({"a": one, "b": unequal})
    assert Schooling.of({"data": "noise"}) is None
