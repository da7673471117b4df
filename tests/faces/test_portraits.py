"""One-shot identification of people held out: perfect, random and confused descriptors; galleries; the teacher."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from facefit.errors import ArtifactError, InputError
from facefit.faces.alignment import TEMPLATE
from facefit.faces.detected import DetectedFace
from facefit.faces.detections import default_file, detect_photos
from facefit.faces.held_out_people import GALLERIES, HeldOutPeople, galleries
from facefit.faces.portraits import load_portraits
from facefit.faces.teacher import Teacher

NO_LOGITS = np.zeros((0, 0), np.float32)


def held_out(photos_of_each: list[int]) -> HeldOutPeople:
    person = np.repeat(np.arange(len(photos_of_each)), photos_of_each)
    names = tuple(f"{who}/{i}" for i, who in enumerate(person))
    images = np.zeros((len(person), 2, 2, 3), np.uint8)
    people = tuple(map(str, range(len(photos_of_each))))
    return HeldOutPeople(images, np.eye(len(people), dtype=np.float32)[person], names, people, "one-shot")


@given(st.lists(st.integers(1, 6), min_size=2, max_size=12))
def test_a_gallery_has_one_photo_of_each_person_and_probes_are_the_others(photos_of_each):
    person = held_out(photos_of_each).labels
    for known, others in galleries(person, 2, seed=1):
        assert sorted(person[known]) == list(range(len(photos_of_each)))
        assert sorted([*known, *others]) == list(range(len(person)))


@given(st.lists(st.integers(1, 6), min_size=2, max_size=12))
def test_perfect_descriptors_answer_every_question(photos_of_each):
    people = held_out(photos_of_each)
    assert people.questions == GALLERIES * (sum(photos_of_each) - len(photos_of_each))
    assert people.count_right(7 * people.targets, NO_LOGITS) == people.questions
    if people.questions:
        assert people.log_likelihood(7 * people.targets, NO_LOGITS) == pytest.approx(0, abs=1e-6)


def test_random_descriptors_are_right_by_chance_and_shifted_ones_never():
    people, rng = held_out([9] * 50), np.random.default_rng(0)
    right = people.count_right(rng.normal(size=(450, 128)).astype(np.float32), NO_LOGITS)
    assert right / people.questions == pytest.approx(1 / 50, abs=0.015)
    alike = np.ones((450, 128), np.float32)
    assert people.log_likelihood(alike, NO_LOGITS) == pytest.approx(-np.log(50), rel=1e-4)
    strangers = np.roll(people.targets, 1, axis=1)
    strangers[::2] = people.targets[::2]
    assert people.count_right(strangers, NO_LOGITS) < 0.8 * people.questions


class EverywhereDetector:
    """Finds a face in every photo that is not black."""

    min_face_px = 40

    def __call__(self, photo: np.ndarray) -> list[DetectedFace]:
        return [DetectedFace((20, 20, 90, 100), TEMPLATE, 0.9)] if photo.any() else []


def test_photos_that_cannot_be_read_or_show_nobody_are_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("facefit.faces.portraits.FaceDetector", EverywhereDetector)
    photos = tmp_path / "photos"
    for name, value in (("Ada/1.png", 9), ("Ada/2.png", 0), ("Bob/1.png", 200), ("Bob/2.png", 90)):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((112, 112, 3), value, np.uint8)).save(photos / name)
    for time in ("not seen yet", "kept detections, but changed since"):
        (photos / "Bob" / "1.png").write_bytes(time.encode())
        portraits = load_portraits(photos, 16)
        assert portraits.names == ("Ada/1.png", "Bob/2.png") and len(portraits.aligned) == len(portraits.cropped) == 2
        assert portraits.skipped.keys() == {"Ada/2.png", "Bob/1.png"}
        assert "not an image" in portraits.skipped["Bob/1.png"] and portraits.skipped["Ada/2.png"] == "no face found"
        assert portraits.aligned[1].max() == 90
    with pytest.raises(InputError, match=r"1\.png: is not an image"):
        detect_photos(photos, ["Bob/1.png"], EverywhereDetector(), default_file(photos))  # judges leave nobody out


def test_teachers_come_back_from_a_file_and_answer_by_name(tmp_path):
    descriptors = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    Teacher(tuple("abcde"), descriptors, "somebody").save(tmp_path / "t.parquet")
    teacher = Teacher.load(tmp_path / "t.parquet")
    assert teacher.origin == "somebody"
    taught = teacher.of(["d", "a"])
    assert taught.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(taught, axis=1), 1, rtol=1e-6)
    wanted = descriptors[3] - 0.75 * descriptors.mean(axis=0)
    np.testing.assert_allclose(taught[0], wanted / np.linalg.norm(wanted), rtol=1e-5)


def test_unknown_photos_and_damaged_files_are_refused(tmp_path):
    teacher = Teacher(("a",), np.ones((1, 2), np.float32), "somebody")
    with pytest.raises(InputError, match="no descriptor of 1 of 2 photos, first b"):
        teacher.of(["a", "b"])
    with pytest.raises(InputError, match="no such file"):
        Teacher.load(tmp_path / "none.parquet")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(ArtifactError, match="not a whole file"):
        Teacher.load(tmp_path / "t.parquet")
