"""How far a share of correct answers can be trusted, alone and against another network on the same images."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError

Interval = tuple[float, float]
Correct = NDArray[np.bool_]
"""Which images a network got right, bool (n,)."""


def wilson_interval(correct: float, n: int, confidence: float = 0.95) -> Interval:
    """Score interval of a share (Wilson 1927), both ends in 0..1; `correct` may be a mean over repeats. Raises
    `InputError` for n = 0."""
    if not 0 <= correct <= n or n == 0:
        raise InputError(f"{correct} of {n} correct: no interval; expected at least one image")
    z2 = _z(confidence) ** 2
    share, centre = correct / n, (correct + z2 / 2) / (n + z2)
    half = sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) * n) / (n + z2)
    low = 0.0 if correct == 0 else centre - half
    high = 1.0 if correct == n else centre + half
    return low, high


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Network a against network b on the same n images.

    `difference` is accuracy of a minus accuracy of b, `interval` its bounds; `only_a` and `only_b` count the images
    that one of them alone got right; `p_value` is McNemar's exact two-sided test of equal accuracy.
    """

    n: int
    difference: float
    interval: Interval
    only_a: int
    only_b: int
    p_value: float

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "difference": self.difference,
            "interval": list(self.interval),
            "only_a": self.only_a,
            "only_b": self.only_b,
            "p_value": self.p_value,
        }


def compare_paired(a: Correct, b: Correct, confidence: float = 0.95) -> PairedComparison:
    """Compares two networks image by image; raises `InputError` unless both saw the same number of images.

    The interval is Newcombe's (1998, 'Improved confidence intervals for the difference between binomial proportions
    based on paired data', method 10): Wilson intervals of both, joined with their correlation.
    """
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise InputError(f"cannot pair results of {a.shape} and {b.shape} images; expected the same images, in order")
    n = len(a)
    both, only_a, only_b = (int(np.count_nonzero(x)) for x in (a & b, a & ~b, ~a & b))
    neither = n - both - only_a - only_b
    right_a, right_b = both + only_a, both + only_b
    difference = (only_a - only_b) / n
    below_a, above_a = _distances(right_a, n, confidence)
    below_b, above_b = _distances(right_b, n, confidence)
    phi = _correlation(both, only_a, only_b, neither)
    low = difference - sqrt(max(below_a**2 - 2 * phi * below_a * above_b + above_b**2, 0.0))
    high = difference + sqrt(max(above_a**2 - 2 * phi * above_a * below_b + below_b**2, 0.0))
    return PairedComparison(n, difference, (low, high), only_a, only_b, _mcnemar(only_a, only_b))


def _distances(correct: int, n: int, confidence: float) -> tuple[float, float]:
    """How far the ends of the Wilson interval lie below and above the share."""
    low, high = wilson_interval(correct, n, confidence)
    return correct / n - low, high - correct / n


def _correlation(both: int, only_a: int, only_b: int, neither: int) -> float:
    """Phi coefficient of the 2x2 table with Newcombe's continuity correction; 0 where a margin is empty."""
    margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if margins == 0:
        return 0.0
    covariance = float(both * neither - only_a * only_b)
    if covariance > 0:
        covariance = max(covariance - (both + only_a + only_b + neither) / 2, 0.0)
    return covariance / sqrt(margins)


def _mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided p-value: under equal accuracy each disagreement falls to either side by the toss of a coin."""
    tosses, fewer = only_a + only_b, min(only_a, only_b)
    tail = sum(comb(tosses, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << tosses))


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise InputError(f"confidence is {confidence}; expected a number between 0 and 1, such as 0.95")
    return NormalDist().inv_cdf((1 + confidence) / 2)
