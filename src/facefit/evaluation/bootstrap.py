"""How far a figure would move with other people in the test: the bootstrap (Efron 1979), with percentile intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.intervals import Interval, wilson_interval

REPLICATES = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    interval: Interval

    def to_json(self) -> dict[str, Any]:
        return {"value": self.value, "interval": list(self.interval)}


def resampled_counts(n: int, rng: np.random.Generator, replicates: int = REPLICATES) -> NDArray[np.float64]:
    """How often each of n units is in each replicate, float64 (replicates, n): draws with replacement."""
    return rng.multinomial(n, np.full(n, 1 / n), replicates).astype(np.float64)


def estimate(value: float, replicates: NDArray[np.float64], confidence: float = 0.95) -> Estimate:
    """The figure with the central part of its replicates, widened to hold the figure itself."""
    tail = 50 * (1 - confidence)
    low, high = np.percentile(replicates, [tail, 100 - tail])
    return Estimate(float(value), (min(float(low), float(value)), max(float(high), float(value))))


def not_narrower(share: Estimate, n: int) -> Estimate:
    """The share with an interval that holds Wilson's for n independent units: of a share near 0 or 1, which hardly
    moves in replicates, these alone would say that it never will be another."""
    (low, high), (least, most) = share.interval, wilson_interval(share.value * n, n)
    return Estimate(share.value, (min(low, least), max(high, most)))


def independent_units(shares: NDArray[np.float64]) -> int:
    """How many units that are each 0 or 1 would tell as much about their mean as these shares in 0..1, (n,): n where
    these are 0 and 1 themselves, or all 0 or all 1, and more the less they differ.

    Four made-up ones, two at either end, differ with them (as in Agresti & Coull 1998): a few that are alike do not
    tell that all others are like them.
    """
    n, mean = len(shares), float(shares.mean())
    made_up = 4 * 0.5**2
    spread = float(((shares - mean) ** 2).sum()) + made_up
    return round(n * (n * mean * (1 - mean) + made_up) / spread)
