"""`facefit evaluate` on people says what its figures rest on: other photos than a protocol's, broken ones, and those of
several people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import Call
from made_up_lfw import write_lfw

from facefit.faces.lfw import PAIRS


@pytest.fixture
def lfw(tmp_path: Path) -> Path:
    return write_lfw(tmp_path)[0]


@pytest.fixture
def common(descriptor: Path, lfw: Path, tmp_path: Path) -> tuple[object, ...]:
    return "evaluate", descriptor, "--data", lfw, "--detections", tmp_path / "kept.json", "--protocol"


def test_four_people_and_four_pairs_are_not_the_protocols_own(call: Call, common: tuple[object, ...]) -> None:
    for protocol in ("lfw-596", "lfw-596-cropped", "lfw-robustness"):
        assert "not official: these are not the 596 people with 3,739 photos" in call(*common, protocol).out
    assert "not official: these are not LFW's 6,000 pairs in 10 folds" in call(*common, "lfw-pairs").out
    for protocol in ("lfw-596", "lfw-pairs"):
        facts = call(*common, protocol, "--json").json
        assert (facts["official"], facts["skipped"], facts["several_faces"]) == (False, 0, 0)
    own = call(*common, "people")
    assert "4 people, n = 12 photos" in own.out and "official" not in own.out and "left out" not in own.out
    assert call(*common, "people", "--json").json["official"] is None


def test_ones_own_photos_that_cannot_be_read_are_left_out_and_told(
    call: Call, common: tuple[object, ...], lfw: Path
) -> None:
    (lfw / "A" / "A_0002.jpg").write_bytes(b"no photo")
    answer = call(*common, "people")
    assert answer.code == 0 and "4 people, n = 11 photos" in answer.out
    assert "left out: 1 photo cannot be read; first: " in answer.out and "A_0002.jpg: is not an image" in answer.out
    (lfw / "A" / "A_0001.jpg").write_bytes(b"no photo either")  # which leaves nothing to look one up in
    facts = call(*common, "people-cropped", "--json").json
    assert (facts["people"], facts["n"], facts["skipped"]) == (3, 9, 2)
    for name in "BC":
        for i in (1, 2):
            (lfw / name / f"{name}_000{i}.jpg").write_bytes(b"no photo")
    call(*common, "people").is_mistake(
        "6 photos cannot be read", "A_0001.jpg", "people with two photos or more that can be read: 1;"
    )


@pytest.mark.parametrize("protocol", ["lfw-596", "lfw-pairs", "lfw-robustness"])
def test_broken_photos_of_lfw_are_all_counted_at_once(
    call: Call, common: tuple[object, ...], lfw: Path, protocol: str
) -> None:
    for name in ("D/D_0001.jpg", "C/C_0002.jpg"):
        (lfw / name).write_bytes(b"no photo")
    call(*common, protocol).is_mistake("2 photos cannot be read", "C_0002.jpg", "unpack LFW again")


def test_photos_of_several_faces_are_counted_where_they_are_judged_on(
    call: Call, common: tuple[object, ...], lfw: Path, tmp_path: Path
) -> None:
    kept = json.loads((tmp_path / "kept.json").read_text())
    for name in ("B/B_0001.jpg", "B/B_0003.jpg"):  # the list of pairs has only the first
        kept["photos"][name]["faces"] *= 2
    (tmp_path / "kept.json").write_text(json.dumps(kept))
    assert "several faces found in 2 photos: the central one was taken" in call(*common, "people").out
    assert call(*common, "lfw-robustness", "--json").json["several_faces"] == 2
    assert "B_0003" not in (lfw / PAIRS).read_text()
    assert call(*common, "lfw-pairs", "--json").json["several_faces"] == 1
