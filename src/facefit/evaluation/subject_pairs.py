"""Pairs of subjects' photos: verification on one's own people, and for networks that learnt from the people of LFW
beside the 596, so that hardly any of two people are left of LFW's list of pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.lfw import NamedPhotos, PhotoPairs

FOLDS = 10
PAIRS_EACH = 10
"""At most so many pairs of one person; one man alone has 140,185."""
LEAST_PEOPLE = FOLDS + 2
"""With fewer, not even two folds have a pair of two people."""


def subject_pairs(photos: NamedPhotos, seed: int) -> PhotoPairs:
    """Random folds of people, as in LFW's view 2; in each, at most ten random pairs of photos of every person, and one
    pair of every two people, a random photo of each: some 17,500 of the latter over ten folds of 596.

    Raises `InputError` for fewer than twelve people.
    """
    if len(photos.people) < LEAST_PEOPLE:
        raise InputError(
            f"{photos.folder}: {len(photos.people)} people with two photos or more; pairs of two people come from the "
            f"same of ten groups: expected {LEAST_PEOPLE} people, and 50 for a threshold at FAR 0.01"
        )
    rng = np.random.default_rng(seed)
    fold_of = rng.permutation(len(photos.people)) % FOLDS
    own = [np.flatnonzero(photos.person == i) for i in range(len(photos.people))]
    rows: list[tuple[int, int, bool, int]] = []
    for i, places in enumerate(own):
        rows += [(a, b, True, int(fold_of[i])) for a, b in _some_pairs(places, rng)]
    for fold in range(FOLDS):
        for i, j in combinations(np.flatnonzero(fold_of == fold).tolist(), 2):
            rows.append((int(rng.choice(own[i])), int(rng.choice(own[j])), False, fold))
    first, second, same, folds = (np.array(column) for column in zip(*rows, strict=True))
    pairs = PhotoPairs(photos.folder, photos.names, first, second, same, folds)
    return pairs.where(np.ones(len(pairs), bool))  # only the photos that are in a pair


def _some_pairs(places: NDArray[np.intp], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Different pairs of places, at most `PAIRS_EACH`, drawn without listing all of them where there are many."""
    few = places if len(places) <= 2 * PAIRS_EACH else rng.choice(places, 2 * PAIRS_EACH, replace=False)
    pairs = list(combinations(few.tolist(), 2))
    return [pairs[i] for i in rng.permutation(len(pairs))[:PAIRS_EACH]]
