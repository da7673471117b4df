"""`facefit evaluate` on people: mistakes told at once, and thresholds that find their way into the card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from calls import Call
from PIL import Image

from facefit.faces.lfw import PAIRS, SUBJECTS
from facefit.graph import export, random_network
from facefit.space import SearchSpace
from facefit.weights import TrainedPeople


@pytest.fixture(scope="module")
def descriptor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    space = SearchSpace.ofa_mbv3(width=0.35, resolutions=(48,))
    path = tmp_path_factory.mktemp("export") / "face.tflite"
    export(random_network(space, space.smallest, np.random.default_rng(0)), path)
    return path


@pytest.fixture
def lfw(tmp_path: Path) -> Path:
    """A made-up LFW whose detections are given, since nobody is on its photos."""
    folder, names, rng = tmp_path / "lfw", ("A", "B", "C", "D"), np.random.default_rng(0)
    photos = {}
    for name in names:
        base = rng.integers(0, 256, (4, 4, 3), np.uint8)
        (folder / name).mkdir(parents=True)
        for i in (1, 2, 3):
            photo = folder / name / f"{name}_{i:04d}.jpg"
            Image.fromarray(base).resize((120, 120)).save(photo, quality=80 + i)
            facts = photo.stat()
            points = [[45, 52], [75, 52], [60, 70], [48, 88], [72, 88]]
            face = {"box": [30, 30, 90, 100], "points": points, "score": 0.9}
            photos[f"{name}/{photo.name}"] = {"mark": [facts.st_size, facts.st_mtime_ns], "faces": [face]}
    (folder / SUBJECTS).write_text("\n".join(names))
    (folder / PAIRS).write_text("2 1\nA 1 2\nA 1 B 1\nC 1 2\nC 2 D 1\n")
    (tmp_path / "kept.json").write_text(json.dumps({"schema": 1, "min_face_px": 40, "photos": photos}))
    return folder


def test_thresholds_are_kept_in_the_card_and_used(call: Call, descriptor: Path, lfw: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.tflite"
    own.write_bytes(descriptor.read_bytes())
    common = (own, "--data", lfw, "--detections", tmp_path / "kept.json", "--protocol")
    facts = call("evaluate", *common, "lfw-pairs", "--view", "cropped", "--keep-thresholds", "--json").json
    assert (
        facts["n"] == 4
        and facts["protocol"] == "lfw-pairs"
        and facts["view"] == "cropped"
        and len(facts["interval"]) == 2
    )
    assert {"accuracy", "auc", "eer", "tar", "thresholds"} <= facts.keys()
    card = json.loads((tmp_path / "own.card.json").read_text())["identification"]
    assert card["view"] == "cropped" and card["thresholds"]["0.001"] == pytest.approx(
        facts["thresholds"]["0.001"]["value"], abs=1e-5
    )
    wall = tmp_path / "wall.png"
    Image.fromarray(np.full((90, 90, 3), 80, np.uint8)).save(wall)
    used = call("match", wall, wall, "--descriptor", own, "--json").json
    assert used["threshold"] == card["thresholds"]["0.001"] and used["view"] == "cropped"


def test_identification_says_protocol_n_and_intervals(call: Call, descriptor: Path, lfw: Path, tmp_path: Path) -> None:
    common = (descriptor, "--data", lfw, "--detections", tmp_path / "kept.json")
    answer = call("evaluate", *common, "--protocol", "lfw-596", "--repeats", "10")
    assert answer.code == 0 and "4 people, n = 12 photos, 8 probes in each of 10 repeats" in answer.out
    facts = call("evaluate", *common, "--protocol", "lfw-596-cropped", "--json").json
    assert (
        facts["n"] == 12
        and facts["view"] == "cropped"
        and len(facts["accuracies"]) == 5
        and facts["interval"][0] <= facts["accuracy"]
    )


def test_robustness_has_a_figure_for_every_disturbance(call: Call, descriptor: Path, lfw: Path, tmp_path: Path) -> None:
    common = (descriptor, "--data", lfw, "--detections", tmp_path / "kept.json", "--protocol", "lfw-robustness")
    facts = call("evaluate", *common, "--people", "3", "--view", "cropped", "--json").json
    assert (
        facts["people"] == 3
        and facts["n"] == 9
        and facts["protocol"] == "lfw-robustness"
        and facts["view"] == "cropped"
    )
    assert {"noise", "blur", "jpeg", "darkness", "occlusion", "tilt", "crop jitter"} == set(facts["disturbances"])
    assert all(len(one["robustness"]["interval"]) == 2 for one in facts["disturbances"].values())


def test_mistakes_are_told_before_long_work(call: Call, descriptor: Path, lfw: Path, tmp_path: Path) -> None:
    common = ("evaluate", descriptor, "--data", lfw, "--protocol")
    call(*common, "lfw-597").is_mistake("lfw-597", "lfw-596", "ferplus-majority")
    call(*common, "lfw-596", "--view", "cropped").is_mistake("--view", "lfw-pairs")
    call(*common, "lfw-596", "--keep-thresholds").is_mistake("--keep-thresholds")
    call(*common, "lfw-pairs", "--split", "valid").is_mistake("--split")
    call("evaluate", descriptor, "--data", tmp_path, "--protocol", "lfw-pairs").is_mistake(PAIRS)
    call("evaluate", tmp_path / "gone.tflite", "--data", lfw, "--protocol", "lfw-pairs").is_mistake("gone.tflite")


def trained_on(path: Path, *people: str) -> Path:
    """A descriptor whose card says so."""
    space = SearchSpace.ofa_mbv3(width=0.35, resolutions=(48,))
    network = random_network(space, space.smallest, np.random.default_rng(0))
    metadata = replace(network.metadata, task="identity", trained_people=TrainedPeople.of(people, ("numbered faces",)))
    export(replace(network, metadata=metadata), path)
    return path


def test_nobody_is_judged_on_whom_it_was_trained_on(call: Call, lfw: Path, tmp_path: Path) -> None:
    file = trained_on(tmp_path / "seen.tflite", "c", "Somebody_Else")
    common = ("evaluate", file, "--data", lfw, "--detections", tmp_path / "kept.json", "--protocol")
    for protocol in ("lfw-596", "lfw-596-cropped", "lfw-596-pairs", "lfw-robustness"):
        call(*common, protocol).is_mistake(protocol, "1 of the 4 people", "C", "--exclude-people")
    call(*common, "lfw-pairs").is_mistake("1 pairs of one person and 1 of two", "expected 100")


def test_it_is_told_whom_the_network_learnt_from(call: Call, descriptor: Path, lfw: Path, tmp_path: Path) -> None:
    options = ("--data", lfw, "--detections", tmp_path / "kept.json", "--protocol", "lfw-596")
    answer = call("evaluate", trained_on(tmp_path / "others.tflite", "E", "F"), *options)
    assert "trained on: 2 people, none of them judged on; and on numbered faces" in answer.out
    assert call("evaluate", tmp_path / "others.tflite", *options, "--json").json["trained_people"] == 2
    assert "not known" in call("evaluate", descriptor, *options).out
    assert call("evaluate", descriptor, *options, "--json").json["trained_people"] is None
