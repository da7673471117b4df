"""Means over several networks and many photos, with intervals for other networks and other photos."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from over_seeds import mean_interval

from facefit.evaluation.bootstrap import Estimate


def crossed_mean(table: NDArray[Any]) -> Estimate:
    """Mean of a table (units, photos) of answers, or of differences between answers, with its 95 % interval.

    Units (subnets, seeds) and photos are both drawn, independently of each other, so the half-widths over the means of
    either join as the sides of a right angle: Student's t over units (three or more; a single one stands for itself),
    the normal one over photos. What a unit and a photo have between them is counted twice: a little too wide.
    """
    values = np.asarray(table, np.float64)
    mean = float(values.mean())
    over_photos = 1.96 * float(values.mean(axis=0).std(ddof=1)) / values.shape[1] ** 0.5
    over_units = mean_interval(values.mean(axis=1).tolist())[2] - mean
    half = float(np.hypot(over_photos, over_units))
    return Estimate(mean, (mean - half, mean + half))


def verdict(estimate: Estimate, least: float) -> str:
    """Whether a figure is as large as it should be at least; 'in doubt' where its interval holds the limit."""
    low, high = estimate.interval
    return ("met" if estimate.value >= least else "missed") + (", in doubt" if low < least <= high else "")


def in_points(estimate: Estimate) -> dict[str, Any]:
    """Shares as percentage points, for JSON."""
    return {"points": 100 * estimate.value, "interval": [100 * end for end in estimate.interval]}


def told(estimate: Estimate, sign: str = "", digits: int = 1) -> str:
    """Percent or points with the interval, for people."""
    low, high = (100 * end for end in estimate.interval)
    return f"{100 * estimate.value:{sign}.{digits}f} ({low:{sign}.{digits}f} to {high:{sign}.{digits}f})"
