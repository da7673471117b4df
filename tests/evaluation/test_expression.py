"""Counting answers, with files that answer in a known way."""

from __future__ import annotations

import json

import numpy as np
import pytest

from facefit.errors import ArtifactError, InputError
from facefit.evaluation import compare_paired, evaluate_expression, wilson_interval
from facefit.faces.dataset import LabelledFaces
from facefit.graph import export, random_network, reference_outputs
from facefit.pixels import resize
from facefit.runtime import Descriptor
from facefit.space import ofa_mbv3

CLASSES = ("glad", "sad", "calm")


class Oracle:
    """Answers with the class that the first pixel names, in its own order of classes."""

    def __init__(self, classes: tuple[str, ...] = CLASSES, answer: float = 1.0) -> None:
        self.classes = classes
        self._answer = answer

    def probabilities(self, faces: np.ndarray) -> np.ndarray:
        wanted = [self.classes.index(CLASSES[int(face[0, 0, 0])]) for face in faces]
        return self._answer * np.eye(len(self.classes), dtype=np.float32)[wanted]


def labelled(truth: list[int], answers: list[int]) -> LabelledFaces:
    images = np.zeros((len(truth), 4, 4, 3), np.uint8)
    images[:, 0, 0, 0] = answers
    targets = np.eye(3, dtype=np.float32)[truth].reshape(-1, 3)
    names = tuple(f"{i}.png" for i in range(len(truth)))
    return LabelledFaces(images, targets, names, CLASSES, "folder", {"x.png": "damaged"}, "valid")


TRUTH, ANSWERS = [0, 0, 0, 0, 1, 1, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1, 2, 2, 1, 0]


def test_answers_are_counted():
    result = evaluate_expression(Oracle(), labelled(TRUTH, ANSWERS))
    np.testing.assert_array_equal(result.confusion, [[4, 1, 0], [0, 3, 2], [0, 0, 0]])
    assert result.n == 10 and result.accuracy == 0.7 and result.interval == wilson_interval(7, 10)
    assert result.correct.tolist() == [a == b for a, b in zip(TRUTH, ANSWERS, strict=True)]
    assert result.skipped == 1 and result.split == "valid"


def test_recalls_have_n_and_interval_and_absent_classes_none():
    result = evaluate_expression(Oracle(), labelled(TRUTH, ANSWERS))
    assert result.recalls["glad"].value == 0.8 and result.recalls["glad"].interval == wilson_interval(4, 5)
    assert result.recalls["calm"].n == 0 and result.recalls["calm"].value is None
    assert result.mean_recall == pytest.approx((0.8 + 0.6) / 2)


def test_json_has_the_keys_that_scripts_rely_on():
    data = json.loads(json.dumps(evaluate_expression(Oracle(), labelled(TRUTH, ANSWERS)).to_json()))
    assert data["protocol"] == "folder" and data["n"] == 10 and data["accuracy"] == 0.7 and data["skipped"] == 1
    low, high = data["interval"]
    assert low < 0.7 < high
    assert data["confusion"] == [[4, 1, 0], [0, 3, 2], [0, 0, 0]]
    assert data["recalls"]["sad"] == {"n": 5, "value": 0.6, "interval": list(wilson_interval(3, 5))}
    assert data["recalls"]["calm"] == {"n": 0, "value": None, "interval": None}


def test_classes_are_matched_by_name():
    shuffled = evaluate_expression(Oracle(("calm", "glad", "sad")), labelled(TRUTH, ANSWERS))
    np.testing.assert_array_equal(shuffled.confusion, [[4, 1, 0], [0, 3, 2], [0, 0, 0]])


@pytest.mark.parametrize("classes", [("glad", "sad"), ("glad", "sad", "angry"), ("glad", "sad", "calm", "angry")])
def test_other_classes_are_refused_by_name(classes):
    with pytest.raises(InputError, match=f"the file knows {', '.join(classes)}; the data has glad, sad, calm"):
        evaluate_expression(Oracle(classes), labelled([0], [0]))


def test_a_file_without_classes_is_refused():
    with pytest.raises(InputError, match="names no classes"):
        evaluate_expression(Oracle(()), labelled([0], [0]))


def test_no_image_is_refused():
    with pytest.raises(InputError, match="at least one"):
        evaluate_expression(Oracle(), labelled([], []))


def test_answers_that_are_no_numbers_are_refused():
    with pytest.raises(ArtifactError, match="not finite"):
        evaluate_expression(Oracle(answer=np.nan), labelled([0], [0]))


def test_progress_reaches_the_end():
    seen = []
    evaluate_expression(Oracle(), labelled([0, 1] * 100, [0, 1] * 100), lambda done, total: seen.append((done, total)))
    assert seen[-1] == (200, 200) and [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_two_results_on_the_same_images_can_be_paired():
    a = evaluate_expression(Oracle(), labelled(TRUTH, ANSWERS))
    b = evaluate_expression(Oracle(), labelled(TRUTH, [0] * 10))
    assert a.names == b.names
    found = compare_paired(a.correct, b.correct)
    assert found.difference == pytest.approx(0.2) and (found.only_a, found.only_b) == (3, 1)


def test_an_exported_file_is_judged_as_its_network_answers(tmp_path):
    space, rng = ofa_mbv3(width=0.35, resolutions=(48,)), np.random.default_rng(0)
    network = random_network(space, space.smallest, rng, CLASSES)
    export(network, tmp_path / "face.tflite", ("descriptor", "probabilities"))
    images = rng.integers(0, 256, (12, 60, 52, 3), np.uint8)
    small = np.stack([resize(image, 48) for image in images]).astype(np.float32)
    answers = reference_outputs(network, small)["probabilities"].argmax(axis=1)
    truth = np.where(np.arange(12) < 9, answers, (answers + 1) % 3)
    faces = LabelledFaces(images, np.eye(3, dtype=np.float32)[truth], tuple("abcdefghijkl"), CLASSES, "folder")
    assert evaluate_expression(Descriptor(tmp_path / "face.tflite"), faces).correct.tolist() == [True] * 9 + [False] * 3
