"""Pairs of people's photos in which everybody weighs the same, and the thresholds that a network wants on them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError, counted
from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.pigeonhole import PeopleOnPairs
from facefit.evaluation.roc import Roc
from facefit.evaluation.subject_pairs import PAIRS_EACH
from facefit.faces.dataset import LabelledFaces
from facefit.faces.lfw import NamedPhotos
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES

PEOPLE, PHOTOS_EACH = 600, 5
"""At most so many are looked at: every two of five photos are as many pairs as a protocol takes of a person."""
_OF_TWO = 180_000
"""So many pairs of two people, if photos give as many: every two of 600 people once."""


def some_faces(faces: LabelledFaces, seed: int = 0) -> LabelledFaces:
    """Those of at most 600 people, and five photos of each, drawn at random."""
    photos = NamedPhotos(Path(), faces.names, faces.classes, faces.labels)
    drawn = set(photos.thinned(PEOPLE, PHOTOS_EACH, np.random.default_rng(seed)).names)
    return faces.where(np.array([name in drawn for name in faces.names], bool))


@dataclass(frozen=True, slots=True, eq=False)
class WeighedPairs:
    """Pair i is of the photos `first[i]` and `second[i]`, shows one person if `same[i]`, and weighs `weight[i]`, all
    (n,): pairs of one person weigh 1 together, as do those of two people. `person` (photos,) is who is on a photo."""

    person: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    same: NDArray[np.bool_]
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, person: NDArray[np.int64], seed: int = 0) -> Self:
        """All pairs of each person, and of every two people as many random ones, up to ten, as make 180,000.

        Raises `InputError` without pairs of one person, or of two.
        """
        photos = [np.flatnonzero(person == one) for one in np.unique(person)]
        own = [pair for each in photos for pair in combinations(each.tolist(), 2)]
        if not own or len(photos) < 2:
            raise InputError(
                f"{counted(len(photos), 'person', 'people')} with {counted(len(own), 'pair')} of photos of one; "
                f"expected two people, one of them with two photos: add people"
            )
        one = np.array(own, np.int64)
        _, place, pairs = np.unique(person[one[:, 0]], return_inverse=True, return_counts=True)
        two, weight = _of_two(photos, np.random.default_rng(seed))
        both = np.concatenate([one, two])
        same = np.arange(len(both)) < len(one)
        return cls(person, both[:, 0], both[:, 1], same, np.concatenate([1 / pairs[place], weight]))

    def figures(self, descriptors: NDArray[np.float32]) -> NDArray[np.float64]:
        """By false acceptance rate the share of pairs of one person that is accepted, in 0..1, and the least cosine
        that has it, float64 (rates, 2), from descriptors (photos, d)."""
        every = np.ones((1, len(self.same)))
        return self._at_rates(self._similarity(descriptors), every).reshape(-1, 2)

    def estimates(self, descriptors: NDArray[np.float32], seed: int = 0) -> list[tuple[Estimate, Estimate]]:
        """The same with 95 % intervals over people; takes seconds."""
        similarity = self._similarity(descriptors)
        people = PeopleOnPairs(self.person[np.stack([self.first, self.second], axis=1)], self.same, seed)
        figures = people.estimates(lambda weights: self._at_rates(similarity, weights))
        return list(zip(figures[::2], figures[1::2], strict=True))

    def told(self) -> str:
        """Whom they show, and how many there are of each kind."""
        one = int(self.same.sum())
        people, photos = len(np.unique(self.person)), len(self.person)
        return (
            f"{people:,} held-out people, {photos:,} photos, {one:,} pairs of one person, {len(self.same) - one:,} of "
            f"two, everybody weighing the same"
        )

    def _similarity(self, descriptors: NDArray[np.float32]) -> NDArray[np.float64]:
        unit = descriptors / np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-12)
        similarity: NDArray[np.float64] = np.einsum("ij,ij->i", unit[self.first], unit[self.second]).astype(np.float64)
        return similarity

    def _at_rates(self, similarity: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Acceptance and threshold (at most 1) for each rate, float64 (weightings, 2 * rates)."""
        roc = Roc.of(similarity, self.same, weights * self.weight)
        found = (roc.at_far(float(far)) for far in FALSE_ACCEPTANCE_RATES)
        return np.stack([figure for tar, least in found for figure in (tar, np.minimum(least, 1.0))], axis=1)


def _of_two(photos: list[NDArray[np.intp]], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of a random photo of each of every two people, (n, 2), and what each weighs, (n,)."""
    number = np.array([len(each) for each in photos])
    start, place = np.cumsum(number) - number, np.concatenate(photos)
    people = np.stack(np.triu_indices(len(photos), 1), axis=1)
    each = min(max(_OF_TWO // len(people), 1), PAIRS_EACH)
    people = np.repeat(people, each, axis=0)
    drawn = place[start[people] + rng.integers(number[people])]
    pairs, times = np.unique(drawn, axis=0, return_counts=True)
    return pairs, times / each
