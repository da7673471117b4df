"""Means over seeds with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from facefit.device.intervals import student_t


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean of independent values and its 95 % interval by Student's t; the mean alone where there is one value."""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return mean, mean, mean
    half = student_t(n - 1) * float(np.std(values, ddof=1)) / n**0.5
    return mean, mean - half, mean + half
