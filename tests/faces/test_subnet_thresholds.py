"""Thresholds of any subnet, from a file, today's or that of before there were predicted ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spaces import tiny_space

from facefit.artifacts import read_json, write_json
from facefit.bundle import Bundle
from facefit.errors import ArtifactError
from facefit.faces.alignment import VIEWS
from facefit.faces.subnet_thresholds import Figure, Thresholds, ViewThresholds
from facefit.space.population import encode
from facefit.space.shape import shape_names, shapes

SPACE = tiny_space()
SHALLOW = Figure(0.45, {"shallow_1": 0.1, "log2_macs": 0.0}, 0.01, (0.4, 0.6))
OF_BOTH = Thresholds(
    {
        "aligned": ViewThresholds({"0.01": SHALLOW}, {"0.01": Figure.mean(0.7, 0.0)}, {"0.01": (0.03, 0.04)}, "noise"),
        "cropped": ViewThresholds({"0.01": Figure.mean(0.5, 0.02)}, {}, {}, "more noise"),
    },
    48,
)


def test_what_is_known_of_a_subnet_needs_no_photo() -> None:
    ends = shapes(SPACE, encode(SPACE, [SPACE.smallest, SPACE.largest]))
    assert shape_names(SPACE) == ("log2_resolution", "log2_macs", "shallow_1", "shallow_2")
    np.testing.assert_allclose(ends[:, 0], np.log2([24, 32]))
    assert [sum(layer.macs for layer in SPACE.layers(s)) for s in (SPACE.smallest, SPACE.largest)] == [
        pytest.approx(2**macs) for macs in ends[:, 1]
    ]
    assert ends[:, 2:].tolist() == [[1, 1], [0, 0]]


def test_each_subnet_has_its_own_in_each_view_with_what_they_may_be_off_by() -> None:
    small, large = (OF_BOTH.identification(SPACE, subnet) for subnet in (SPACE.smallest, SPACE.largest))
    assert (small["view"], small["thresholds"], large["thresholds"]) == ("aligned", {"0.01": 0.55}, {"0.01": 0.45})
    assert small["thresholds_error"] == {"0.01": 0.01} and small["tar"] == {"0.01": 0.7}
    low, high = large["thresholds_interval"]["0.01"]
    assert low == pytest.approx(0.45 - np.hypot(0.03, 0.0196), abs=1e-6)
    assert high == pytest.approx(0.45 + np.hypot(0.04, 0.0196), abs=1e-6)
    assert (
        small["thresholds_kind"]
        == "predicted for this network from 48 others, all with predicted batch-norm statistics"
    )
    cropped = small["other_views"]["cropped"]
    assert cropped["thresholds"] == {"0.01": 0.5} and cropped["calibrated_on"] == "more noise"
    assert cropped["thresholds_kind"].startswith("mean of 48") and "thresholds_interval" not in cropped


def test_nothing_is_predicted_beyond_what_was_seen() -> None:
    figure = Figure(0.45, {"a": 0.1}, 0.01, (0.4, 0.6))
    assert [figure.of({"a": a}) for a in (-9, 0, 1, 9)] == pytest.approx([0.4, 0.45, 0.55, 0.6])


def test_a_file_comes_back(tmp_path: Path) -> None:
    OF_BOTH.save(tmp_path / "thresholds.json")
    assert Thresholds.load(tmp_path / "thresholds.json", SPACE) == OF_BOTH


def test_files_of_means_still_tell_of_aligned_faces(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    means = {"cosine": {"0.01": 0.52}, "deviation": {"0.01": 0.05}, "tar": {"0.01": 0.62}}
    write_json(path, {"kind": "facefit.thresholds", "schema": 2, **means, "subnets": 20, "calibrated_on": "540 people"})
    for subnet in (SPACE.smallest, SPACE.largest):
        assert Thresholds.load(path, SPACE).identification(SPACE, subnet) == {
            "view": "aligned",
            "thresholds": {"0.01": 0.52},
            "thresholds_error": {"0.01": 0.05},
            "tar": {"0.01": 0.62},
            "thresholds_kind": "mean of 20 networks, all with predicted batch-norm statistics",
            "calibrated_on": "540 people",
        }


def test_those_of_the_bundle_are_read() -> None:
    parts = Bundle.load(task="identity")
    told = parts.identification(parts.space.largest)
    assert told is not None and told["view"] in VIEWS and told["thresholds"].keys() == {"0.01", "0.001"}
    assert parts.extract(parts.space.largest).metadata.identification == told
    assert Bundle.load(task="expression").identification(parts.space.largest) is None


def broken(data: dict[str, Any], *keys: str, value: object) -> dict[str, Any]:
    changed = inner = json.loads(json.dumps(data))
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    return changed


def test_damage_and_other_spaces_are_told(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    OF_BOTH.save(path)
    sound, figure = read_json(path, "thresholds"), ("views", "aligned", "thresholds", "0.01")
    for damaged in (
        broken(sound, "schema", value=1),
        broken(sound, "views", value={}),
        broken(sound, "views", value=[]),
        broken(sound, "views", value={"sideways": sound["views"]["aligned"]}),
        broken(sound, "views", "aligned", "beside", value={"0.01": [0.1]}),
        broken(sound, *figure, "error", value=None),
        broken(sound, *figure, "slopes", value={"shallow_3": 0.1}),
        broken(sound, *figure, "range", value=[float("nan"), 1.0]),
    ):
        write_json(path, damaged)
        with pytest.raises(ArtifactError, match=r"thresholds\.json: not thresholds of this SuperNet .*facefit label"):
            Thresholds.load(path, SPACE)
