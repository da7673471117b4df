"""A teacher's descriptors of photos of people, whatever describes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from excluded_people import look_alikes
from numpy.typing import NDArray
from PIL import Image
from teacher import described

from facefit.errors import InputError
from facefit.faces.alignment import TEMPLATE
from facefit.faces.detected import DetectedFace
from facefit.faces.teacher import Teacher


def mean_colour(photo: NDArray[np.uint8], face: DetectedFace) -> NDArray[np.float32]:
    return np.resize(photo.mean(axis=(0, 1)), 128).astype(np.float32)


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """VGGFace2's layout, and a photo that is none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("teacher.FaceDetector", EverywhereDetector)
    for i, name in enumerate(("n000001", "n000002")):
        (tmp_path / "vgg" / "train" / name).mkdir(parents=True)
        Image.new("RGB", (64, 64), (10 + i, 20, 30)).save(tmp_path / "vgg" / "train" / name / "0001_01.png")
    (tmp_path / "vgg" / "train" / "n000002" / "0002_01.png").write_text("no image")
    return tmp_path / "vgg"


class EverywhereDetector:
    min_face_px = 40

    def __call__(self, photo: NDArray[np.uint8]) -> list[DetectedFace]:
        return [DetectedFace((8, 8, 40, 48), TEMPLATE, 0.9)]


def test_photos_are_called_as_training_calls_them_and_damaged_ones_are_left_out(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "teacher.parquet"
    facts = described(people, out, mean_colour)
    assert (facts["photos"], facts["described"]) == (3, 2) and facts["skipped"].keys() == {"n000002/0002_01.png"}
    names = ("n000001/0001_01.png", "n000002/0001_01.png")
    assert Teacher.load(out).of(names).shape == (2, 128)
    Image.new("RGB", (64, 64), (9, 9, 9)).save(people / "train" / "n000002" / "0002_01.png")
    asked: list[int] = []

    def counted(photo: NDArray[np.uint8], face: DetectedFace) -> NDArray[np.float32]:
        asked.append(1)
        return mean_colour(photo, face)

    assert described(people, out, counted)["described"] == 3 and len(asked) == 1


def test_people_who_look_like_somebody_to_leave_out_are_found() -> None:
    """People on a line, each photo of them a little beside their place."""
    places = {"Ada_Lovelace": 0.0, "Bob_Dylan": 10.0, "Eve_Adams": 20.0, "07201": 0.3, "07202": 9.5, "07203": 19.9}
    places |= {"Ada_Byron": 0.2, "Bob_Marley": 10.35}
    names = tuple(f"{who}/{i}.jpg" for who in places for i in range(3))
    rows = [(place + beside, 1.0) for place in places.values() for beside in (-1.0, 0.0, 1.0)]
    teacher = Teacher(names, np.array(rows, np.float32), "a line")
    subjects = ["ada lovelace", "Bob_Dylan"]
    near = {"07201": pytest.approx(0.3), "Ada_Byron": pytest.approx(0.2)}
    assert look_alikes(teacher, subjects) == near
    assert look_alikes(teacher, subjects, 0.6) == near | {"07202": pytest.approx(0.5)}
    assert look_alikes(teacher, subjects, named_distance=0.4) == near | {"Bob_Marley": pytest.approx(0.35)}
    with pytest.raises(InputError, match="0 of 1 people to leave out and 8 others; expected both"):
        look_alikes(teacher, ["Nobody_Here"])
