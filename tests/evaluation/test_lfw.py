"""The harness on a made-up LFW, whose people are colours, and the counts of the real one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lfw_photos import lfw_folder
from PIL import Image

from facefit.bundle import Bundle
from facefit.errors import ArtifactError, InputError
from facefit.evaluation.exclusion import perhaps_met
from facefit.evaluation.harness import Harness
from facefit.evaluation.identification import identify, summarise
from facefit.evaluation.lfw import recognise_subjects
from facefit.evaluation.official import are_official_subjects, is_official_list
from facefit.evaluation.pairs import judge_pairs
from facefit.evaluation.photos import DescribedPhotos
from facefit.evaluation.subject_pairs import subject_pairs
from facefit.faces.alignment import TEMPLATE
from facefit.faces.detected import DetectedFace
from facefit.faces.detections import detect_photos
from facefit.faces.detector import FaceDetector
from facefit.faces.lfw import PAIRS, SUBJECTS, are_the_596, load_pairs, load_subjects
from facefit.faces.own_people import load_people

COLOURS = {
    "Red_Rose": (220, 10, 10),
    "Green_Tree": (10, 220, 10),
    "Blue_Sea": (10, 10, 220),
    "Yellow_Sun": (200, 200, 10),
}
PHOTOS = 4


class ColourDetector:
    """Finds a face in the middle of every photo that is not black, and counts what it looked at."""

    min_face_px = 40

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, photo: np.ndarray) -> list[DetectedFace]:
        self.seen += 1
        return [DetectedFace((20, 20, 90, 100), TEMPLATE, 0.9)] if photo.any() else []


class ColourDescriber:
    """Describes a face by its colour."""

    input_size = 16

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        colours = faces.reshape(len(faces), -1, 3).mean(axis=1).clip(0.01)
        return (colours / np.linalg.norm(colours, axis=1, keepdims=True)).astype(np.float32)


@contextmanager
def quiet(name: str):
    yield lambda done, total: None


@pytest.fixture
def lfw(tmp_path) -> Path:
    folder = tmp_path / "lfw"
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for i in range(1, PHOTOS + 1):
            Image.new("RGB", (112, 112), colour).save(folder / name / f"{name}_{i:04d}.jpg")
    (folder / SUBJECTS).write_text("\n".join(COLOURS) + "\n")
    rows = ["2\t2"]
    for a, b in (("Red_Rose", "Green_Tree"), ("Blue_Sea", "Yellow_Sun")):
        rows += [f"{a}\t1\t2", f"{b}\t3\t4", f"{a}\t1\t{b}\t1", f"{a}\t2\t{b}\t4"]
    (folder / PAIRS).write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def harness(tmp_path) -> Harness:
    return Harness(ColourDescriber(), ColourDetector(), tmp_path / "kept.json", quiet)


def test_subjects_and_pairs_are_read_as_they_are_written(lfw):
    photos, pairs = load_subjects(lfw), load_pairs(lfw)
    assert len(photos) == 16 and photos.people == tuple(COLOURS)
    assert photos.names[5] == "Green_Tree/Green_Tree_0002.jpg" and photos.person[5] == 1
    assert len(pairs) == 8 and pairs.same.tolist() == [True, True, False, False] * 2
    assert pairs.names[pairs.first[3]] == "Red_Rose/Red_Rose_0002.jpg"
    assert pairs.names[pairs.second[3]] == "Green_Tree/Green_Tree_0004.jpg"
    assert pairs.fold.tolist() == [0] * 4 + [1] * 4


def test_some_of_the_people_keep_their_photos(lfw):
    photos = load_subjects(lfw)
    some = photos.thinned(2, 3, np.random.default_rng(0))
    assert len(some.people) == 2 and set(some.people) < set(photos.people) and some.person.tolist() == [0] * 3 + [1] * 3
    assert len(set(some.names)) == 6 and set(some.names) < set(photos.names)
    assert photos.thinned(9, 9, np.random.default_rng(0)).names == photos.names
    assert all(name.startswith(some.people[p]) for name, p in zip(some.names, some.person, strict=True))


@pytest.mark.parametrize("protocol", ["lfw-596", "lfw-596-cropped"])
def test_people_told_apart_by_colour_are_recognised(lfw, harness, protocol):
    result = recognise_subjects(harness, lfw, protocol, repeats=3, seed=0).result()
    assert result.accuracy.value == 1 and result.people == 4 and result.n == 16 and result.probes == 12
    assert result.protocol == protocol and len(result.accuracies) == 3 and result.without_face == 0


def test_pairs_told_apart_by_colour_are_judged_right(lfw, harness):
    judged = judge_pairs(harness, lfw, "aligned", seed=0, thresholds={"0.01": 0.99, "0.1": -1.0})
    result, facts = judged.result, judged.to_json()
    assert result.accuracy.value == 1 and result.n == 8 and result.protocol == "lfw-pairs, aligned"
    assert (facts["same"], facts["different"], facts["people"], facts["photos"], facts["left_out"]) == (4, 4, 4, 10, 0)
    assert (result.kept["0.01"].far.value, result.kept["0.01"].tar.value) == (0, 1)
    assert (result.kept["0.1"].far.value, result.kept["0.1"].tar.value) == (1, 1)
    assert facts["source"] == "folder lfw, lfw-pairs.txt"


def test_photos_without_a_face_are_counted_and_never_match(lfw, harness):
    Image.new("RGB", (112, 112)).save(lfw / "Red_Rose" / "Red_Rose_0001.jpg")
    assert recognise_subjects(harness, lfw, "lfw-596", repeats=1, seed=0).result().without_face == 1
    pairs = judge_pairs(harness, lfw, "aligned", seed=0).result
    assert pairs.without_face == 2 and pairs.accuracy.value < 1


def test_each_photo_is_looked_at_once_until_it_changes(lfw, harness):
    for protocol in ("lfw-596", "lfw-596-cropped"):
        recognise_subjects(harness, lfw, protocol, repeats=1, seed=0)
    assert harness.detector.seen == 16
    Image.new("RGB", (112, 112), (1, 2, 3)).save(lfw / "Red_Rose" / "Red_Rose_0001.jpg", quality=50)
    judge_pairs(harness, lfw, "aligned", seed=0)
    assert harness.detector.seen == 17


def test_detections_outlive_an_interruption(lfw, tmp_path):
    detector, names = ColourDetector(), load_subjects(lfw).names

    def interrupt(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        detect_photos(lfw, names, detector, tmp_path / "kept.json", interrupt)
    found = detect_photos(lfw, names, detector, tmp_path / "kept.json")
    assert detector.seen == 16 and set(found) == set(names)
    detector.min_face_px = 60  # what was found with another smallest face does not count
    detect_photos(lfw, names[:3], detector, tmp_path / "kept.json")
    assert detector.seen == 19


def test_no_photo_is_looked_at_where_detections_cannot_be_kept(lfw, tmp_path):
    detector, names = ColourDetector(), load_subjects(lfw).names
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match=r"taken.kept\.json: cannot be written"):
        detect_photos(lfw, names, detector, tmp_path / "taken" / "kept.json")
    assert detector.seen == 0


def test_several_processes_find_the_same_faces_and_leave_the_same_photos_out(tmp_path):
    rng, names = np.random.default_rng(0), [f"{i:02d}.png" for i in range(64)]
    for name in names:
        Image.fromarray(rng.integers(0, 256, (50, 50, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / names[9]).write_bytes(b"no photo")
    told, skipped = [], {}
    detector = FaceDetector()
    found = detect_photos(
        tmp_path, names, detector, tmp_path / "a.json", lambda *done: told.append(done), skipped, processes=2
    )
    assert set(found) == set(names) - {names[9]} and skipped.keys() == {names[9]}
    assert told == [(i, 64) for i in range(1, 65)]
    assert found == detect_photos(tmp_path, names, detector, tmp_path / "b.json", skipped={})


@pytest.mark.real_data
def test_several_processes_find_the_same_faces_on_real_photos(tmp_path, monkeypatch):
    monkeypatch.setattr("facefit.faces.finding._LEAST", 1)
    monkeypatch.setattr("facefit.faces.finding._PORTION", 2)
    folder = lfw_folder()
    names = load_subjects(folder).names[:5]
    one, two = (detect_photos(folder, names, FaceDetector(), tmp_path / str(n), processes=n) for n in (1, 2))
    assert one == two and all(one.values())


@pytest.mark.parametrize(
    "content", ["{}", '{"schema": 1, "photos": []}', "no json", '{"schema": 1, "photos": {"a": 1}}']
)
def test_a_file_that_holds_no_detections_is_refused(lfw, tmp_path, content):
    (tmp_path / "kept.json").write_text(content)
    with pytest.raises(ArtifactError, match=r"kept\.json"):
        detect_photos(lfw, load_subjects(lfw).names, ColourDetector(), tmp_path / "kept.json")
    assert (tmp_path / "kept.json").read_text() == content


def test_missing_lists_and_photos_are_told(lfw, harness, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_subjects(tmp_path)
    (lfw / "Blue_Sea" / "Blue_Sea_0003.jpg").unlink()
    rows = ["2\t1", "Blue_Sea\t1\t3", "Red_Rose\t1\tBlue_Sea\t1", "Yellow_Sun\t1\t2", "Red_Rose\t1\tYellow_Sun\t1"]
    (lfw / PAIRS).write_text("\n".join(rows))
    with pytest.raises(InputError, match=r"Blue_Sea_0003\.jpg"):
        judge_pairs(harness, lfw, "aligned", seed=0)
    (lfw / SUBJECTS).write_text("Nobody\nRed_Rose\n")
    with pytest.raises(InputError, match="holds 0 photos"):
        load_subjects(lfw)


def test_ones_own_people_need_no_list(lfw, harness):
    (lfw / SUBJECTS).unlink()
    (lfw / "Blue_Sea" / "Blue_Sea_0003.jpg").rename(lfw / "Blue_Sea" / "holiday.JPEG")
    (lfw / "Red_Rose" / "more").mkdir()
    (lfw / "Red_Rose" / "Red_Rose_0002.jpg").rename(lfw / "Red_Rose" / "more" / "2.jpg")
    (lfw / "Alone").mkdir()
    for place in ("Alone/1.jpg", "group.jpg"):
        Image.new("RGB", (112, 112)).save(lfw / place)
    photos = load_people(lfw)
    assert photos.people == tuple(sorted(COLOURS)) and np.bincount(photos.person).tolist() == [4] * 4
    assert {"Blue_Sea/holiday.JPEG", "Red_Rose/more/2.jpg"} < set(photos.names)
    for protocol, view in (("people", "aligned"), ("people-cropped", "cropped")):
        seen = recognise_subjects(harness, lfw, protocol, repeats=2, seed=0)
        assert seen.view == view and seen.result().accuracy.value == 1 and seen.result().protocol == protocol


def test_pairs_of_ones_own_people_say_whose_they_are(tmp_path, harness):
    colours = np.random.default_rng(0).integers(20, 230, (14, 3))
    for i, colour in enumerate(colours):
        (tmp_path / "mine" / f"n{i:02d}").mkdir(parents=True)
        for j in range(2):
            Image.new("RGB", (112, 112), tuple(colour.tolist())).save(tmp_path / "mine" / f"n{i:02d}" / f"{j}.png")
    judged = judge_pairs(harness, tmp_path / "mine", "aligned", seed=0, protocol="people-pairs")
    assert judged.of.told() == "folder mine: 14 people, 28 photos, 14 pairs of one person, 4 of two"
    assert judged.to_json()["official"] is None
    broken = tmp_path / "mine" / "n03" / "1.png"
    broken.write_bytes(b"no photo")
    left = judge_pairs(harness, tmp_path / "mine", "aligned", seed=0, protocol="people-pairs")
    assert (left.result.same, left.facts.skipped.keys()) == (13, {"n03/1.png"})
    assert "n03/1.png" not in left.of.pairs.names and left.result.different <= 4
    few = load_people(tmp_path / "mine").thinned(11, 2, np.random.default_rng(0))
    with pytest.raises(InputError, match=r"11 people .*expected 12 people"):
        subject_pairs(few, 0)


def test_loose_photos_are_no_people(tmp_path):
    for name in ("1.png", "2.png"):
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    with pytest.raises(InputError, match=r"holds 2 loose photos and no folder .*/PERSON/photo\.jpg"):
        load_people(tmp_path)
    (tmp_path / "2.png").unlink()
    with pytest.raises(InputError, match="holds 1 loose photo and no folder of anybody's"):
        load_people(tmp_path)


def test_folders_without_two_people_or_with_splits_are_no_people(tmp_path):
    for name in ("one/1.png", "one/2.png", "two/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    with pytest.raises(InputError, match=r"folders with two photos or more: 1; expected"):
        load_people(tmp_path)
    for name in ("one", "two"):
        (tmp_path / "above" / "train").mkdir(parents=True, exist_ok=True)
        (tmp_path / name).rename(tmp_path / "above" / "train" / name)
    with pytest.raises(InputError, match="splits"):
        load_people(tmp_path / "above")


@pytest.mark.parametrize(
    "table", ["", "10\n", "2\t2\nA\t1\t2\n", "2\t1\nA\tone\t2\n", "1\t1\n../x\t1\t2\nA\t1\tB\t1\n"]
)
def test_other_lists_of_pairs_are_refused(tmp_path, table):
    (tmp_path / PAIRS).write_text(table)
    with pytest.raises(InputError, match=PAIRS):
        load_pairs(tmp_path)


class DullDescriber:
    """Describes every face by its place in the queue: it knows nobody."""

    input_size = 16

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        rows = self._rng.normal(size=(len(faces), 24))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_random_descriptors_and_shuffled_names_fall_to_chance_in_the_harness(lfw, harness, tmp_path):
    """Four people: luck is a quarter."""
    dull = [
        recognise_subjects(
            replace(harness, describer=DullDescriber(seed)), lfw, "lfw-596", repeats=6, seed=seed
        ).result()
        for seed in range(30)
    ]
    assert np.mean([result.accuracy.value for result in dull]) == pytest.approx(0.25, abs=0.05)
    rng, shuffled = np.random.default_rng(0), []
    photos = {path: path.read_bytes() for path in sorted(lfw.glob("*/*.jpg"))}
    for seed in range(30):
        for path, content in zip(photos, rng.permutation(np.array(list(photos.values()), object)), strict=True):
            path.write_bytes(content)
        apart = replace(harness, detections_file=tmp_path / f"{seed}.json")
        shuffled.append(recognise_subjects(apart, lfw, "lfw-596", repeats=6, seed=seed).result().accuracy.value)
    assert np.mean(shuffled) == pytest.approx(0.25, abs=0.05)


@pytest.mark.real_data
def test_of_the_596_the_bundled_weights_met_one_under_another_spelling():
    """As their card says: nobody else slipped through."""
    seen = Bundle.load(None, "identity").metadata.seen_people
    assert perhaps_met(load_subjects(lfw_folder()).people, seen) == ("Choi_Sung-hong",)


@pytest.mark.real_data
def test_on_the_real_lists_perfect_descriptors_know_all_and_random_ones_nobody():
    folder = lfw_folder()
    photos = load_subjects(folder)
    rng, n = np.random.default_rng(0), len(photos)
    faces = np.ones(n, bool)
    centres = rng.normal(size=(596, 64))[photos.person]
    judged = {}
    for name, rows in {
        "perfect": centres + 0.01 * rng.normal(size=centres.shape),
        "random": rng.normal(size=centres.shape),
        "shuffled": centres[rng.permutation(n)],
    }.items():
        unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        described = DescribedPhotos(unit, faces)
        judged[name] = summarise(identify(described, photos.person, 10), "lfw-596", described)
    assert judged["perfect"].accuracies == (1.0,) * 10 and judged["perfect"].probes == 3739 - 596
    assert judged["random"].accuracy.value < 5 / 596
    # Shuffled, one man's 530 photos are everywhere: he is found as often as chance has him in gallery and probe.
    assert judged["shuffled"].person_mean.value < 5 / 596 and judged["shuffled"].accuracy.value < 0.06


@pytest.mark.real_data
def test_lfw_has_596_subjects_with_3739_photos_and_6000_pairs():
    folder = lfw_folder()
    photos, pairs = load_subjects(folder), load_pairs(folder)
    assert len(photos.people) == 596 and len(photos) == 3739
    assert are_the_596(photos.people) and not are_the_596(photos.people[1:])
    assert len(pairs) == 6000 and pairs.same.sum() == 3000 and len(pairs.names) == 7701
    some = photos.thinned(596, 529, np.random.default_rng(0))
    assert are_official_subjects(photos) and are_the_596(some.people) and not are_official_subjects(some)
    assert is_official_list(folder)
    assert np.bincount(photos.person).max() == 530  # one man: a sixth of the photos
