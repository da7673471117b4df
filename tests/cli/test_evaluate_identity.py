"""`facefit evaluate` on people: mistakes told at once, and thresholds that find their way into the card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from calls import Call
from foreign import two_outputs
from made_up_lfw import write_lfw
from PIL import Image

from facefit.evaluation import wilson_interval
from facefit.faces.lfw import PAIRS
from facefit.graph import export, export_onnx, random_network
from facefit.space import ofa_mbv3
from facefit.weights import TrainedPeople


@pytest.fixture
def lfw(tmp_path: Path) -> Path:
    """A made-up LFW, its detections in `kept.json` beside it."""
    return write_lfw(tmp_path)[0]


def test_thresholds_are_kept_in_the_card_and_used(call: Call, descriptor: Path, lfw: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.tflite"
    own.write_bytes(descriptor.read_bytes())
    common = (own, "--data", lfw, "--detections", tmp_path / "kept.json", "--protocol")
    call("evaluate", *common, "lfw-pairs", "--keep-thresholds").is_mistake("too few pairs of two people", "100")
    rows = [row for one, two in ("AB", "CD") for row in 50 * [f"{one} 1 2"] + 50 * [f"{one} 2 {two} 1"]]
    (lfw / PAIRS).write_text("\n".join(["2 50", *rows]))
    facts = call("evaluate", *common, "lfw-pairs", "--view", "cropped", "--keep-thresholds", "--json").json
    assert (
        facts["n"] == 200
        and facts["protocol"] == "lfw-pairs"
        and facts["view"] == "cropped"
        and len(facts["interval"]) == 2
    )
    assert {"accuracy", "auc", "eer", "tar", "thresholds"} <= facts.keys()
    card = json.loads((tmp_path / "own.card.json").read_text())["identification"]
    assert card["view"] == "cropped" and card["thresholds"].keys() == {"0.01"}  # 0.001 is less than one pair
    assert card["thresholds"]["0.01"] == pytest.approx(facts["thresholds"]["0.01"]["value"], abs=1e-5)
    assert card["tar"]["0.01"] == pytest.approx(facts["tar"]["0.01"]["value"], abs=1e-5)
    assert card["calibrated_on"].startswith("folder lfw, lfw-pairs.txt: 4 people, 6 photos, 100 pairs of one person")
    assert (facts["same"], facts["different"], facts["left_out"], facts["card_thresholds"]) == (100, 100, 0, {})
    again = call("evaluate", *common, "lfw-pairs", "--view", "cropped")
    assert "n = 200 pairs: 100 of one person, 100 of two" in again.out and "it was found on these people" in again.out
    judged = call("evaluate", *common, "lfw-pairs", "--view", "cropped", "--json").json["card_thresholds"]["0.01"]
    assert judged["threshold"] == card["thresholds"]["0.01"] and judged["far"]["value"] <= 0.01
    assert judged["tar"]["value"] == pytest.approx(card["tar"]["0.01"], abs=0.02)
    assert "for cropped faces: not judged" in call("evaluate", *common, "lfw-pairs", "--view", "aligned").out
    assert "not at FAR 0.001" in call("evaluate", *common, "lfw-pairs").out
    wall = tmp_path / "wall.png"
    Image.fromarray(np.full((90, 90, 3), 80, np.uint8)).save(wall)
    match = ("match", wall, wall, "--descriptor", own)
    used = call(*match, "--far", "0.01", "--json").json
    assert used["threshold"] == card["thresholds"]["0.01"] and used["view"] == "cropped"
    call(*match).is_mistake("FAR 0.001, but one at 0.01 (--far)")
    call(*match, "--far", "0.01", "--view", "aligned").is_mistake("--view aligned", "for cropped faces", "--threshold")
    assert call(*match, "--view", "aligned", "--threshold", 0.5).code == 0
    kept = call("evaluate", *common, "lfw-pairs", "--view", "aligned", "--keep-thresholds")
    assert "kept thresholds for aligned faces" in kept.out
    both = json.loads((tmp_path / "own.card.json").read_text())["identification"]
    aligned = both.pop("other_views")["aligned"]
    assert both == card and call(*match, "--far", "0.01", "--json").json == used
    low, high = aligned["thresholds_interval"]["0.01"]
    assert low <= aligned["thresholds"]["0.01"] <= high + 1e-6 and aligned["calibrated_on"].endswith("aligned")
    assert (
        call(*match, "--far", "0.01", "--view", "aligned", "--json").json["threshold"] == aligned["thresholds"]["0.01"]
    )
    again = call("evaluate", *common, "lfw-pairs", "--view", "aligned", "--keep-thresholds")
    assert "it was found on these people" in again.out
    assert json.loads((tmp_path / "own.card.json").read_text())["identification"] == both | {
        "other_views": {"aligned": aligned}
    }


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
    for option in (("--people", 9), ("--repeats", 2), ("--view", "cropped"), ("--keep-thresholds",)):
        call(*common, "folder", *option).is_mistake(option[0], "folder", "lfw-596-pairs")
    call(*common, "folder", "--output", "embedding").is_mistake("--output", "folder")
    call(*common, "folder", "--detections", tmp_path / "kept.json").is_mistake("--detections")
    call("evaluate", descriptor, "--data", tmp_path, "--protocol", "lfw-pairs").is_mistake(PAIRS)
    call("evaluate", tmp_path / "gone.tflite", "--data", lfw, "--protocol", "lfw-pairs").is_mistake("gone.tflite")


@pytest.mark.parametrize("protocol", ["lfw-596", "lfw-596-cropped", "people", "people-cropped"])
def test_options_that_identification_does_not_read_are_mistakes(
    call: Call, descriptor: Path, lfw: Path, protocol: str
) -> None:
    call("evaluate", descriptor, "--data", lfw, "--protocol", protocol, "--people", 3).is_mistake(
        "--people is for lfw-robustness", protocol, "leave it out"
    )


@pytest.mark.parametrize("protocol", ["lfw-pairs", "lfw-596-pairs", "people-pairs"])
@pytest.mark.parametrize(("option", "said"), [("--people", "lfw-robustness"), ("--repeats", "lfw-596-cropped")])
def test_options_that_verification_does_not_read_are_mistakes(
    call: Call, descriptor: Path, lfw: Path, protocol: str, option: str, said: str
) -> None:
    """Even with the number that is the default of others."""
    answer = call("evaluate", descriptor, "--data", lfw, "--protocol", protocol, option, 5)
    answer.is_mistake(f"{option} is for", said, protocol, "leave it out")


def test_a_file_of_several_outputs_says_which_before_faces_are_looked_for(
    call: Call, lfw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, kept = two_outputs(tmp_path / "two.tflite"), tmp_path / "kept.json"
    common = ("evaluate", file, "--data", lfw, "--protocol")
    monkeypatch.setattr("facefit.evaluation.harness.detect_photos", lambda *_: pytest.fail("looks for faces"))
    for protocol in ("lfw-596", "lfw-pairs", "lfw-robustness", "people"):
        call(*common, protocol).is_mistake("two.tflite", "mean", "square", "--output")
        call(*common, protocol, "--output", "cube").is_mistake("two.tflite", "'cube'", "square")
    monkeypatch.undo()
    shares = [
        call(*common, "people", "--output", name, "--detections", kept, "--json").json for name in ("mean", "square")
    ]
    assert all(facts["n"] == 12 for facts in shares)


def test_loose_photos_are_told_as_such(call: Call, descriptor: Path, lfw: Path, tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir()
    for photo in lfw.glob("A/*.jpg"):
        photo.rename(loose / photo.name)
    for protocol in ("people", "people-pairs"):
        call("evaluate", descriptor, "--data", loose, "--protocol", protocol).is_mistake(
            "3 loose photos", "PERSON/photo.jpg"
        )


def test_few_people_are_no_certainty(call: Call, lfw: Path, tmp_path: Path) -> None:
    """The four are told apart by their mean colours, so that all are recognised."""
    common = ("evaluate", two_outputs(tmp_path / "two.tflite"), "--output", "mean", "--data", lfw)
    common = (*common, "--detections", tmp_path / "kept.json", "--protocol")
    facts = call(*common, "people-cropped", "--json").json
    assert facts["accuracy"] == 1 and facts["interval"] == facts["person_mean"]["interval"] == [*wilson_interval(4, 4)]
    told = call(*common, "lfw-robustness", "--people", 4, "--repeats", 1, "--view", "cropped").out
    assert "undisturbed  100.00 % (95 % interval 51.01 to 100.00)" in told


def trained_on(path: Path, *people: str, searched: tuple[str, ...] | None = None) -> Path:
    """A descriptor whose card says so, and whom its search looked at."""
    space = ofa_mbv3(width=0.35, resolutions=(48,))
    network = random_network(space, space.smallest, np.random.default_rng(0))
    trained, met = TrainedPeople.of(people, ("numbered faces",)), searched and TrainedPeople.of(searched)
    metadata = replace(network.metadata, task="identity", trained_people=trained, search_people=met)
    export(replace(network, metadata=metadata), path)
    return path


def test_nobody_is_judged_on_whom_it_was_trained_on(call: Call, lfw: Path, tmp_path: Path) -> None:
    file = trained_on(tmp_path / "seen.tflite", "c", "Somebody_Else")
    common = ("evaluate", file, "--data", lfw, "--detections", tmp_path / "kept.json", "--protocol")
    for protocol in ("lfw-596", "lfw-596-cropped", "lfw-596-pairs", "lfw-robustness"):
        call(*common, protocol).is_mistake(protocol, "1 of the 4 people", "C", "--exclude-people")
    call(*common, "lfw-pairs").is_mistake("1 pair of one person and 1 of two", "expected 100")
    chosen = trained_on(tmp_path / "chosen.tflite", "Somebody_Else", searched=("C", "b"))
    common = ("evaluate", chosen, *common[2:])
    for protocol in ("lfw-596", "lfw-596-pairs"):
        call(*common, protocol).is_mistake("chosen by photos of 2 of the 4 people", "B")
    call(*common, "lfw-pairs").is_mistake("trained on (0 pairs) or chosen by (3 more)", "1 pair of one person")


def test_it_is_told_whom_the_network_learnt_from(call: Call, descriptor: Path, lfw: Path, tmp_path: Path) -> None:
    options = ("--data", lfw, "--detections", tmp_path / "kept.json", "--protocol", "lfw-596")
    answer = call("evaluate", trained_on(tmp_path / "others.tflite", "Eve", "Fay"), *options)
    assert (
        "trained on: 2 people, none of their names is judged on; without names, so not known: numbered faces; whom its "
        "search looked at is not known" in answer.out
    )
    facts = call("evaluate", tmp_path / "others.tflite", *options, "--json").json
    assert (facts["trained_people"], facts["search_people"]) == (2, None)
    searched = trained_on(tmp_path / "searched.tflite", "Eve", searched=("Fay", "Guy", "Hal"))
    assert "its search looked at 3 others, who are not judged on either" in call("evaluate", searched, *options).out
    assert "not known" in call("evaluate", descriptor, *options).out
    assert call("evaluate", descriptor, *options, "--json").json["trained_people"] is None


def test_onnx_files_are_judged_like_tflite_files(call: Call, lfw: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")
    space = ofa_mbv3(width=0.35, resolutions=(48,))
    network = random_network(space, space.smallest, np.random.default_rng(0))
    export(network, tmp_path / "face.tflite")
    export_onnx(network, tmp_path / "face.onnx")
    options = ("--data", lfw, "--detections", tmp_path / "kept.json", "--protocol", "lfw-pairs")
    one, two = (call("evaluate", tmp_path / f"face.{form}", *options, "--json").json for form in ("tflite", "onnx"))
    assert one["folds"] == two["folds"] and one["eer"]["value"] == pytest.approx(two["eer"]["value"], abs=1e-4)
    call("evaluate", tmp_path / "face.onnx", *options, "--keep-thresholds").is_mistake("face.onnx", ".tflite")
    call("evaluate", tmp_path / "face.onnx", *options, "--mean", 0, 0, 0).is_mistake("according to its card")
    call("evaluate", tmp_path / "face.onnx", *options, "--std", 0, 1, 1).is_mistake("std is")


def test_a_report_shows_where_it_looks_and_its_mistakes(
    call: Call, descriptor: Path, lfw: Path, tmp_path: Path
) -> None:
    common = ("evaluate", descriptor, "--data", lfw, "--detections", tmp_path / "kept.json", "--protocol")
    for protocol in ("lfw-596", "lfw-596-cropped"):
        out = tmp_path / protocol
        answer = call(*common, protocol, "--report", out, "--json")
        assert answer.code == 0 and answer.json["report"] == str(out / "report.html")
        page = (out / "report.html").read_text()
        assert page.count("data:image/jpeg") >= 12 and "What it looks at" in page and protocol in page
    call(*common, "lfw-pairs", "--report", tmp_path / "r").is_mistake("--report", "lfw-596")
    (tmp_path / "file").write_text("")
    call(*common, "lfw-596", "--report", tmp_path / "file").is_mistake("file")
