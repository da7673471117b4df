"""Mistakes are those that identification counts, with their neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from facefit.evaluation.identification import identify
from facefit.evaluation.lfw import Recognition
from facefit.evaluation.mistakes import NEIGHBOURS, find_mistakes
from facefit.evaluation.photos import DescribedPhotos
from facefit.faces.lfw import NamedPhotos

PEOPLE, PHOTOS, REPEATS = 12, 5, 6
PERSON = np.repeat(np.arange(PEOPLE), PHOTOS)


def recognition(rows: np.ndarray, found: np.ndarray | None = None, seed: int = 0) -> Recognition:
    people = tuple(f"P{i}" for i in range(PEOPLE))
    photos = NamedPhotos(Path(), tuple(f"P{p}/{i}.jpg" for i, p in enumerate(PERSON)), people, PERSON)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    described = DescribedPhotos(unit.astype(np.float32), np.ones(len(PERSON), bool) if found is None else found)
    return Recognition("lfw-596", "aligned", photos, {}, described, identify(described, PERSON, REPEATS, seed), seed)


def perfect() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(PEOPLE, 32))[PERSON] + 0.01 * rng.normal(size=(len(PERSON), 32))


def test_nobody_is_mistaken_by_a_perfect_descriptor():
    assert find_mistakes(recognition(perfect())) == ([], 0)


def test_a_photo_under_a_wrong_name_is_found():
    rows = perfect()
    rows[7] = rows[3 * PHOTOS + 1]  # the photo 7, of person 1, shows person 3
    seen = recognition(rows, seed=1)
    mistakes, mistaken = find_mistakes(seen)
    (worst,) = [mistake for mistake in mistakes if mistake.probe == 7]
    assert PERSON[worst.nearest[0].photo] == 3 and worst.nearest[0].similarity > 0.99
    assert PERSON[worst.own.photo] == 1 and worst.own.similarity < 0.9 and len(worst.nearest) == NEIGHBOURS
    similarities = [one.similarity for one in worst.nearest]
    assert similarities == sorted(similarities, reverse=True)
    assert mistakes[0].times == max(mistake.times for mistake in mistakes) <= REPEATS and mistaken == len(mistakes)


def test_as_many_as_identification_counts():
    seen = recognition(np.random.default_rng(0).normal(size=(len(PERSON), 8)))
    mistakes, mistaken = find_mistakes(seen, limit=len(PERSON))
    wrong = int((seen.recognised.probes - seen.recognised.right).sum())
    assert sum(mistake.times for mistake in mistakes) == wrong > 0
    assert len(find_mistakes(seen, limit=3)[0]) == 3 and find_mistakes(seen, limit=3)[1] == mistaken


def test_photos_without_a_face_are_no_mistakes():
    found = np.ones(len(PERSON), bool)
    found[PERSON == 2] = False
    rows = perfect()
    assert find_mistakes(recognition(rows, found)) == ([], 0)
