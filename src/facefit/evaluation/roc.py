"""Acceptance rates over all thresholds, for many weightings of the same pairs at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.faces.thresholds import just_above

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """True and false acceptance rates at falling thresholds, float64 (weightings, thresholds + 1).

    `thresholds` is float64 (thresholds + 1,): the first accepts nobody. Pairs of equal similarity pass together.
    """

    thresholds: Array
    far: Array
    tar: Array

    @classmethod
    def of(cls, similarity: Array, same: NDArray[np.bool_], weights: Array) -> Self:
        """From similarities and truth of pairs, (n,), and how much each counts, float64 (weightings, n)."""
        order = np.argsort(-similarity, kind="stable")
        ranked = similarity[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        rates = []
        for kind in (~same, same):
            counts = np.add.reduceat(weights[:, order] * kind[order], starts, axis=1).cumsum(axis=1)
            total = counts[:, -1:]
            rates.append(np.pad(counts / np.where(total > 0, total, 1), ((0, 0), (1, 0))))
        return cls(np.r_[np.inf, ranked[starts]], *rates)

    def area(self) -> Array:
        """Area under the curve: how often a pair of one person is more similar than one of two; ties count half."""
        area: Array = (np.diff(self.far, axis=1) * (self.tar[:, 1:] + self.tar[:, :-1])).sum(axis=1) / 2
        return area

    def equal_error(self) -> Array:
        """The rate at which as many are falsely accepted as falsely rejected, between thresholds by interpolation."""
        gap = self.far + self.tar - 1  # from -1 up to 1
        after = np.argmax(gap >= 0, axis=1)[:, None]
        ends = [np.take_along_axis(values, after - i, axis=1) for values in (gap, self.far) for i in (1, 0)]
        before_gap, after_gap, before_far, after_far = ends
        part = -before_gap / (after_gap - before_gap)
        rate: Array = (before_far + part * (after_far - before_far))[:, 0]
        return rate

    def at_far(self, far: float) -> tuple[Array, Array]:
        """Greatest true acceptance rate at a false one of at most `far`, and the least threshold that has it."""
        last = (self.far <= far + 1e-12).sum(axis=1) - 1
        beyond = np.append(self.thresholds, -np.inf)[last + 1]
        return np.take_along_axis(self.tar, last[:, None], axis=1)[:, 0], just_above(beyond).astype(np.float64)
