"""How far the figures of table 3 would move with other photos and other seeds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import estimate, resampled_counts

INTERVAL = "95 %, bootstrap over photos and seeds; differences paired by photo and seed"
Points = tuple[float, float, float]
"""Mean and the ends of its interval, in percent or points."""


class PhotosAndSeeds:
    """Means over photos and seeds with 95 % intervals, both drawn anew with replacement (the pigeonhole bootstrap:
    Owen 2007, 'The pigeonhole bootstrap', Annals of Applied Statistics 1). Seeds that all find the same subnet add
    nothing, and what is left is the interval over photos."""

    def __init__(self, photos: int) -> None:
        self._photos = resampled_counts(photos, np.random.default_rng(0)) / photos

    def mean(self, values: NDArray[np.generic]) -> Points:
        """`values` (seeds, photos): right or not, or the difference of two such."""
        each = values.astype(np.float64)
        seeds = resampled_counts(len(each), np.random.default_rng(1)) / len(each)
        found = estimate(100 * each.mean(), 100 * (self._photos @ each.T * seeds).sum(axis=1))
        return found.value, *found.interval
