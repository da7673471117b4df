"""Photos to calibrate on: faces are shown as `facefit match` shows them, and nobody on them is judged on later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bundles import write_bundle
from PIL import Image

from facefit.bundle import Bundle
from facefit.errors import InputError
from facefit.evaluation.exclusion import check_unseen
from facefit.faces.alignment import TEMPLATE, align
from facefit.faces.detected import DetectedFace
from facefit.faces.images import read_image
from facefit.faces.lfw import NamedPhotos
from facefit.fit.calibration import extract_calibrated, extract_predicted, having_met, read_faces
from facefit.weights import NetworkMetadata, Task, TrainedPeople

POINTS = tuple((20 + x / 2, 30 + y / 2) for x, y in TEMPLATE)


class PaintedDetector:
    """Finds one small face at the same place in every photo that is not black."""

    min_face_px = 40

    def __call__(self, photo: np.ndarray) -> list[DetectedFace]:
        return [DetectedFace((25, 35, 65, 85), POINTS, 0.9)] if photo.any() else []


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty photos of twenty people, of which two show no face and one is none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("facefit.faces.portraits.FaceDetector", PaintedDetector)
    rng, folder = np.random.default_rng(0), tmp_path / "photos"
    for i in range(40):
        file = folder / f"Person_{'abcdefghijklmnopqrst'[i // 2]}" / f"{i}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(1, 256, (120, 100, 3), np.uint8) * (i not in (7, 9))).save(file)
    (folder / "Person_a" / "broken.jpg").write_text("not a picture")
    return folder


def metadata(task: Task, trained: TrainedPeople | None = None) -> NetworkMetadata:
    return NetworkMetadata(task, (), (0.5,) * 3, (0.25,) * 3, "none", {}, trained)


def test_to_tell_people_apart_the_face_is_cut_out_as_match_shows_it(photos: Path) -> None:
    faces = read_faces(photos, 32, metadata("identity"), np.random.default_rng(1))
    assert len(faces) == 38
    reasons = {name: reason.split(": ")[-1] for name, reason in faces.skipped.items()}
    assert reasons.pop("Person_a/broken.jpg").startswith("is not an image")
    assert reasons == {"Person_d/7.png": "no face found", "Person_e/9.png": "no face found"}
    for name, image in zip(faces.names, faces.images, strict=True):
        wanted = align(read_image(photos / name), POINTS, 32).astype(int)
        np.testing.assert_allclose(image, wanted, atol=2)  # kept points are rounded
    few = read_faces(photos, 32, metadata("identity"), np.random.default_rng(1), at_most=33)
    assert len(few) == 33 and set(few.names) <= set(faces.names)


def test_expressions_are_calibrated_on_images_as_they_are(photos: Path) -> None:
    faces = read_faces(photos, 32, metadata("expression"), np.random.default_rng(1))
    assert len(faces) == 40 and faces.skipped.keys() == {"Person_a/broken.jpg"}
    for name, image in zip(faces.names, faces.images, strict=True):
        np.testing.assert_array_equal(image, read_image(photos / name, 32))


def test_too_few_faces_are_told_with_what_was_left_out(photos: Path) -> None:
    for file in photos.glob("Person_[a-e]/*.png"):
        Image.new("RGB", (100, 120)).save(file)
    with pytest.raises(InputError, match=r"photos: 30 images.*11 left out, first .*: .*expected faces on at least 32"):
        read_faces(photos, 32, metadata("identity"), np.random.default_rng(1))


def test_nobody_is_judged_on_people_whom_a_network_was_calibrated_on(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    bundle = Bundle.load(write_bundle(tmp_path / "bundle", "identity"), "identity")
    subnet = bundle.space.smallest
    made = extract_calibrated(bundle, subnet, photos, np.random.default_rng(0), lambda done, total: None)
    assert made.statistics == "recalibrated on 38 images" and len(made.skipped) == 3
    mean = "stem.norm.running_mean"
    predicted = extract_predicted(bundle, subnet).network
    assert not np.allclose(made.network.tensors[mean], predicted.tensors[mean], rtol=0.05)
    judged = NamedPhotos(Path(), ("Person_a/0.png", "X/0.png"), ("Person_a", "X"), np.arange(2))
    check_unseen(judged, predicted.metadata.seen_people, "lfw-596")
    with pytest.raises(InputError, match=r"1 of the 2 people, such as Person_a"):
        check_unseen(judged, made.network.metadata.seen_people, "lfw-596")


def test_those_who_were_met_join_those_that_it_learnt_from() -> None:
    before = TrainedPeople.of(["Ada Lovelace"], ("a teacher",))
    named = having_met(metadata("identity", before), ["Bob Dylan/1.jpg", "lfw/Eve_Adams/2.jpg"]).trained_people
    assert named is not None and all(name in named for name in ("Ada_Lovelace", "Bob_Dylan", "Eve_Adams"))
    assert named.unnamed == ("a teacher",)
    bare = having_met(metadata("identity", before), ["1.jpg", "2.jpg"]).trained_people
    assert bare is not None and bare.digests == before.digests
    assert bare.unnamed == ("a teacher", "the people on 2 photos that it was calibrated on")
    unknown = having_met(metadata("identity"), ["Bob Dylan/1.jpg"]).trained_people
    assert unknown is not None and "Bob_Dylan" in unknown and "began with" in unknown.unnamed[0]
    assert having_met(metadata("expression"), ["happiness/1.jpg"]) == metadata("expression")
