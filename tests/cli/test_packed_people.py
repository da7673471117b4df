"""People out of shards: who is learnt from, who is held out, and in which view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from calls import Call
from PIL import Image

from facefit.cli.packed_people import read_packed_people
from facefit.cli.people import read_people_parts
from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces, in_search_split
from facefit.faces.folders import folder_catalogue
from facefit.faces.packing import pack
from facefit.faces.people import excluded_people, excluded_there
from facefit.faces.pictures import AsTheyAre, Picture, photo_of
from facefit.faces.places import Places
from facefit.faces.portraits import Portraits, person_of
from facefit.faces.shard_writing import Job
from facefit.faces.streamed import StreamedFaces
from facefit.faces.teacher import Teacher
from facefit.faces.vggface2 import people_folder


@dataclass(frozen=True)
class SameTwice:
    """Both views are the photo itself: no detector has to find a face in noise."""

    side_px: int | None = 16

    def __call__(self, places: Places, i: int) -> list[Picture]:
        (whole,) = AsTheyAre()(places, i)
        return [whole._replace(ending=f"#{view}") for view in ("aligned", "cropped")]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """VGGFace2's layout: 80 people with 1 to 3 photos, and others in the test split."""
    rng = np.random.default_rng(0)
    for i in range(80):
        for part in ("train", "test"):
            folder = tmp_path / "vgg" / part / f"n{i + (100 if part == 'test' else 0):06}"
            folder.mkdir(parents=True)
            for k in range(1 + i % 3):
                Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8)).save(folder / f"{k:04}_01.png")
    return tmp_path / "vgg"


@pytest.fixture
def shards(people: Path, tmp_path: Path) -> Path:
    (tmp_path / "shards").mkdir()
    pack(Job(folder_catalogue(people_folder(people)), SameTwice(), tmp_path / "shards", 30, seed=0))
    return tmp_path / "shards"


def test_people_with_two_photos_are_classes_and_one_in_ten_is_held_out(shards: Path) -> None:
    parts = read_packed_people(shards, 16, (), None, memory_gib=1)
    everybody = {f"n{i:06}" for i in range(80)}
    held = {person for person in everybody if in_search_split(person)}
    several = {f"n{i:06}" for i in range(80) if i % 3} - held
    assert held and set(parts.learning.classes) == several
    assert {person_of(name) for name in parts.learning.names} == several
    assert len(parts.learning) == 2 * len({photo_of(name) for name in parts.learning.names})
    assert {person_of(name) for name in parts.search_split.names} == held
    held_photos = {photo_of(name) for name in parts.search_split.names}
    assert len(held_photos) == len(parts.search_split) and parts.portraits.keys() == {"aligned", "cropped"}
    for view, faces in parts.portraits.items():
        assert set(faces.names) == {f"{photo}#{view}" for photo in held_photos}
    for name, label in zip(parts.calibration.names, parts.calibration.labels, strict=True):
        assert parts.learning.classes[label] == person_of(name)


HELD = [f"n{i:06}" for i in range(80) if in_search_split(f"n{i:06}")]
SEVERAL = [person for person in HELD if int(person[1:]) % 3]


@pytest.mark.parametrize(
    ("kept", "seen"),
    [
        ([], "held out are 0 .*, 0 of them"),
        (SEVERAL[:1], "held out are 1 .*, 1 of them"),
        (sorted(set(HELD) - set(SEVERAL)), r"held out are \d .*, 0 of them"),
    ],
)
def test_too_few_people_held_out_are_an_error_of_folders_and_of_shards(
    kept: list[str], seen: str, shards: Path, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    excluded = tuple(sorted(set(HELD) - set(kept)))
    said = f"{seen} with two photos or more; expected two people, one of them with two photos: add people"
    with pytest.raises(InputError, match=said):
        read_packed_people(shards, 16, excluded, None, memory_gib=1)
    monkeypatch.setattr("facefit.cli.people.load_portraits", undetected)
    with pytest.raises(InputError, match=said):
        read_people_parts(people_folder(people), 16, excluded)


def test_two_people_held_out_are_enough(people: Path, shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    single = next(person for person in HELD if person not in SEVERAL)
    excluded = tuple(sorted(set(HELD) - {SEVERAL[0], single}))
    monkeypatch.setattr("facefit.cli.people.load_portraits", undetected)
    for parts in (
        read_packed_people(shards, 16, excluded, None, memory_gib=1),
        read_people_parts(people_folder(people), 16, excluded),
    ):
        assert {person_of(name) for name in parts.search_split.names} == {SEVERAL[0], single}
        assert parts.search_split.questions > 0


def undetected(folder: Path, size: int, excluded: tuple[str, ...], report: Callable[[int, int], None]) -> Portraits:
    """Every photo as both views: no detector finds a face in noise."""
    photos = folder_catalogue(folder).load(size)
    everyone = Portraits(photos.images, photos.images, photos.names, {})
    return everyone.where(np.array([person_of(name) not in excluded for name in photos.names]))


def test_statistics_come_from_the_same_photos_with_a_teacher_and_without(
    people: Path, shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that had a teacher is labelled without it."""
    monkeypatch.setattr("facefit.cli.people.load_portraits", undetected)
    folder = people_folder(people)
    names = folder_catalogue(folder).names
    teacher = Teacher(names, np.random.default_rng(1).standard_normal((len(names), 6)).astype(np.float32), "noise")
    for with_it, without in (
        (read_people_parts(folder, 16, (), teacher), read_people_parts(folder, 16, ())),
        (read_packed_people(shards, 16, (), teacher, 1), read_packed_people(shards, 16, (), None, 1)),
    ):
        assert len(with_it.learning) > len(without.learning) > 0
        assert with_it.calibration.names == without.calibration.names
        np.testing.assert_array_equal(with_it.calibration.images, without.calibration.images)


def test_people_are_kept_as_numbers_and_all_that_is_held_at_once_is_counted(
    people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facefit.cli.people.load_portraits", undetected)
    folder = people_folder(people)
    at_once = 2 * 159 * (2 * 3 * 16**2 + 8) / 2**30
    learning = read_people_parts(folder, 16, memory_gib=at_once).learning
    with pytest.raises(InputError, match="159 photos in 2 views do not fit"):
        read_people_parts(folder, 16, memory_gib=0.999 * at_once)
    assert isinstance(learning, LabelledFaces) and learning.targets.shape == (len(learning),)
    rows = np.eye(len(learning.classes), dtype=np.float32)[learning.labels]
    np.testing.assert_array_equal(learning.read(np.array([5, 0])).targets, rows[[5, 0]])
    assert learning.fingerprint() == replace(learning, targets=rows).fingerprint()


def test_without_memory_the_same_photos_are_streamed(shards: Path) -> None:
    kept = read_packed_people(shards, 16, ("n000001",), None, memory_gib=1)
    streamed = read_packed_people(shards, 16, ("N000001",), None, memory_gib=0)
    assert isinstance(streamed.learning, StreamedFaces) and "n000001" not in kept.learning.classes
    assert streamed.learning.names == kept.learning.names and streamed.learning.width == kept.learning.width
    indices = np.array([3, 1, 8])
    for a, b in zip(streamed.learning.read(indices)[:2], kept.learning.read(indices)[:2], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_teacher_describes_both_views_of_a_photo(shards: Path) -> None:
    photos = sorted({photo_of(n) for n in read_packed_people(shards, 16, (), None, 1).learning.names})
    everyone = tuple(folder.as_posix() for folder in map(Path, photos))
    singles = tuple(f"n{i:06}/0000_01.png" for i in range(0, 80, 3))
    names = tuple(dict.fromkeys(everyone + singles))
    descriptors = np.random.default_rng(1).standard_normal((len(names), 6)).astype(np.float32)
    parts = read_packed_people(shards, 16, (), Teacher(names, descriptors, "noise"), memory_gib=0)
    assert parts.learning.width == 6 and parts.learning.classes == ()
    rows = {photo: [i for i, n in enumerate(parts.learning.names) if photo_of(n) == photo] for photo in names}
    both = next(indices for indices in rows.values() if len(indices) == 2)
    first, second = parts.learning.read(np.array(both)).targets
    np.testing.assert_array_equal(first, second)


def test_other_shards_and_too_many_photos_say_what_to_do(people: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    pack(Job(folder_catalogue(people / "train"), AsTheyAre(), tmp_path / "plain", 100, seed=0))
    with pytest.raises(InputError, match="not cut out in both views"):
        read_packed_people(tmp_path / "plain", 16, (), None, 1)
    with pytest.raises(InputError, match="facefit pack"):
        read_people_parts(people / "train", 16, memory_gib=0)


def test_packed_people_are_left_out_by_their_names_too(shards: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("n000002\nn000003\nEve\n")
    excluded = excluded_people(shards, [tmp_path / "own.txt"])
    assert excluded_there(shards, excluded) == 2
    (tmp_path / "own.txt").write_text("Eve\n")
    with pytest.raises(InputError, match=r"but none of those in .*shards, such as n0"):
        excluded_people(shards, [tmp_path / "own.txt"])


def test_noise_shows_no_face_and_nothing_is_packed(people: Path, tmp_path: Path, call: Call) -> None:
    answer = call("pack", people, "--task", "identity", "-o", tmp_path / "out")
    assert answer.code == 2 and "none of 159 photos can be packed; first: no face found" in answer.err
    call("pack", people, "--exclude-people", people / "x", "-o", tmp_path / "o").is_mistake("--task identity")
