"""People whom nothing was learnt from, judged by one-shot identification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces, log_probabilities
from facefit.faces.portraits import person_of

GALLERIES = 3
TEMPERATURE = 0.05
"""Of cosines as logits, the same as that of the recipe for taught descriptors."""


def check_held_out(folder: Path, names: Iterable[str]) -> None:
    """Raises `InputError` unless these photos of people held out let faces be told apart and be recognised."""
    photos = Counter(person_of(name) for name in names)
    several = sum(count > 1 for count in photos.values())
    if len(photos) < 2 or not several:
        raise InputError(
            f"{folder}: people held out are {len(photos)} (one in ten, by their names), {several} of them with two "
            f"photos or more; expected two people, one of them with two photos: add people"
        )


def galleries(
    person: NDArray[np.int64], repeats: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """One random photo of each person, and all other photos, as indices; anew for each repeat."""
    rng = np.random.default_rng(seed)
    for _ in range(repeats):
        order = rng.permutation(len(person))
        chosen = order[np.unique(person[order], return_index=True)[1]]
        yield chosen, np.setdiff1d(np.arange(len(person)), chosen)


class HeldOutPeople(LabelledFaces):
    """Photos of people whom nothing was learnt from; right answers are those of one-shot identification.

    In each of `GALLERIES` repeats one random photo of each person is known, and all others are looked up by cosine
    (the paper's protocol for LFW, section 4). People with one photo are there to be mistaken for.
    """

    @property
    def questions(self) -> int:
        return GALLERIES * (len(self) - len(np.unique(self.labels)))

    @property
    def repeats(self) -> int:
        return GALLERIES

    def count_right(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> int:
        return sum(int((cosines.argmax(axis=1) == right).sum()) for cosines, right in self._looked_up(descriptors))

    def log_likelihood(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> float:
        """Of the right person among all who are known, as a softmax of cosines over `TEMPERATURE`."""
        total = 0.0
        for cosines, right in self._looked_up(descriptors):
            total += float(log_probabilities(cosines / TEMPERATURE)[np.arange(len(right)), right].sum())
        return total / self.questions

    def _looked_up(self, descriptors: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.float32], NDArray[np.intp]]]:
        """Of each repeat the cosines (m, people) of all others with the known photos, in the order of people, and which
        person each is, (m,)."""
        unit = descriptors / np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-12)
        person = self.labels
        for known, others in galleries(person, GALLERIES, seed=0):
            yield unit[others] @ unit[known].T, np.searchsorted(person[known], person[others])
