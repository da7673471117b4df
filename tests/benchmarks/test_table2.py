"""Descriptors side by side, files of other people and other formats among them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calls import Call
from foreign import mean_of_channels
from made_up_lfw import write_lfw

from facefit.graph import export, random_network
from facefit.space import ofa_mbv3

pytestmark = pytest.mark.slow


def descriptor(path: Path, seed: int) -> Path:
    space = ofa_mbv3(width=0.35, resolutions=(32,))
    export(random_network(space, space.smallest, np.random.default_rng(seed)), path)
    return path


def test_several_networks_are_compared_with(script: Call, tmp_path: Path) -> None:
    photos, detections = write_lfw(tmp_path)
    a, b = (descriptor(tmp_path / f"{name}.tflite", seed) for seed, name in enumerate("ab"))
    other = mean_of_channels(tmp_path / "other.onnx", (1, 3, 24, 24), (2, 3))
    files = (f"first={a}", f"second={b}", f"theirs={other}")
    order = ("table2.py", *files, "--data", photos, "--detections", detections, "--seconds", 0.05, "--repeats", 3)
    done = script(
        *order, "--against", "second", "first", "--form", "theirs", "mean=0.5,0.5,0.5", "colour=bgr", "output=mean"
    )
    assert done.code == 0, done
    facts = json.loads(done.out.splitlines()[0])
    rows = {row["network"]: row for row in facts["rows"]}
    assert facts["against"] == ["second", "first"] and rows.keys() == {"first", "second", "theirs"}
    first, theirs = rows["first"], rows["theirs"]
    assert (first["outputs"], first["weights"]) == (["descriptor"], "float16")
    assert first["latency_ratio_interval"][0] <= first["latency_ratio"] <= first["latency_ratio_interval"][1]
    assert (theirs["latency_ratio"], theirs["parameters"], theirs["weights"]) == (None, None, None)
    for view in ("aligned", "cropped"):
        for figure in (first[view], first[view]["median"], first[view]["minus_second"], first[view]["minus_first"]):
            assert figure["interval"][0] <= figure["value"] <= figure["interval"][1]
        assert first[view]["minus_first"]["value"] == 0
    cost = first["cropped_minus_aligned"]["value"]
    assert cost == pytest.approx(first["cropped"]["value"] - first["aligned"]["value"])
    tables = [line for line in done.out.splitlines() if line.startswith("|")]
    assert len(tables) == 15 and "cropped minus aligned" in tables[0] and "not timed" in tables[4]
    for figure in (first["aligned"]["person_mean_minus_second"], first["person_mean_cropped_minus_aligned"]):
        assert figure["interval"][0] <= figure["value"] <= figure["interval"][1]
    assert first["aligned"]["person_mean_minus_second"]["value"] == pytest.approx(
        first["aligned"]["person_mean"]["value"] - rows["second"]["aligned"]["person_mean"]["value"]
    )
    assert "aligned minus second, mean over people" in tables[10]
    assert f"{100 * cost:+.2f} (" in tables[2] and "aligned minus first" in tables[5]
    wrong = script(*order, "--against", "first", "--form", "theirs", "colour=grey")
    assert wrong.code == 1 and "'colour=grey' is no setting" in wrong.err
    assert script(*order, "--against", "nobody").code == 2
