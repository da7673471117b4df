"""How far figures on pairs would move with other people: people are drawn, not pairs, since pairs that share somebody
err together: the Bayesian pigeonhole bootstrap (Owen & Eckles 2012), whose weights never leave a kind of pair out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import REPLICATES, Estimate, estimate

Figures: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From weights of pairs, float64 (weightings, n), to figures, float64 (weightings, figures)."""

_CELLS = 1_000_000
"""So many weights at once: 8 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class PeopleOnPairs:
    """Who is on each pair, int (n, 2), and which pairs are of one person, bool (n,); `seed` is of the draws."""

    person: NDArray[np.int64]
    same: NDArray[np.bool_]
    seed: int = 0

    def estimates(self, figures: Figures, replicates: int = REPLICATES) -> list[Estimate]:
        """The figures of all pairs with 95 % intervals over people.

        A pair of one person weighs what this person does, a pair of two the product of both. Products count threefold
        what chance there is in a pair of two beside its people (ibid.), where once is right: it is measured by
        weighting these pairs one by one, and replicates are drawn together by as much. Where no two pairs share
        anybody, that leaves the bootstrap of pairs.
        """
        rng = np.random.default_rng(self.seed)
        value = figures(np.ones((1, len(self.same))))[0]
        drawn = np.concatenate([figures(weights) for weights in self._drawn_people(replicates, rng)])
        own = np.concatenate([figures(weights) for weights in self._drawn_pairs(replicates // 4, rng)]).var(axis=0)
        spread = drawn.var(axis=0)
        part = np.divide(own, spread, out=np.ones_like(own), where=spread > 0)
        kept = np.maximum(self._of_few() - 2 * part, part)  # not narrower than by pairs of two alone
        moved = value + np.sqrt(np.minimum(kept, 1)) * (drawn - value)
        return [estimate(at, column) for at, column in zip(value, moved.T, strict=True)]

    def _of_few(self) -> float:
        """By how much few people's replicates vary too little, since weights have a sum and residuals a mean."""
        n = len(np.unique(self.person))
        return n * (n + 1) / (max(n - 1, 1) * max(n - 2, 1))

    def _drawn_people(self, replicates: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
        people, places = np.unique(self.person, return_inverse=True)
        first, second = places.reshape(self.person.shape).T
        for rows in self._portions(replicates):
            weight = rng.exponential(size=(rows, len(people)))
            yield weight[:, first] * np.where(self.same, 1.0, weight[:, second])

    def _drawn_pairs(self, replicates: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
        """Those of two people; pairs of one stay as they are."""
        for rows in self._portions(replicates):
            weights = np.ones((rows, len(self.same)))
            weights[:, ~self.same] = rng.exponential(size=(rows, int((~self.same).sum())))
            yield weights

    def _portions(self, count: int) -> Iterator[int]:
        """How many weightings to make at a time."""
        rows = max(_CELLS // len(self.same), 1)
        for start in range(0, count, rows):
            yield min(rows, count - start)
