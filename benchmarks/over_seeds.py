"""Means over seeds with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean of independent values and its 95 % interval by Student's t; the mean alone where there is one value."""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return mean, mean, mean
    half = _student(n - 1) * float(np.std(values, ddof=1)) / n**0.5
    return mean, mean - half, mean + half


def _student(degrees: int) -> float:
    """Two-sided 95 % quantile, within 1 % from two degrees of freedom on (Cornish and Fisher's expansion)."""
    z, d = NormalDist().inv_cdf(0.975), degrees
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / d + second / d**2 + third / d**3
