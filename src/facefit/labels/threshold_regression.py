"""From the thresholds of some subnets to those of any: a small regression on what is known of each without photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facefit.faces.subnet_thresholds import Figure
from facefit.space.shape import SIZE

Float = NDArray[np.float64]
PENALTY = 1.0
"""Of slopes per standard deviation, against an error per subnet."""


def learn_figure(names: Sequence[str], shapes: Float, observed: Float) -> Figure:
    """The figure of any subnet, from those `observed` of some, (n,), and what is known of these, (n, names).

    Of the mean of all, a ridge regression on size alone and one on everything, the one is taken that errs least on
    subnets left out one at a time (PRESS, Allen 1974). Predicted accuracy is not among what is known: a search picks
    those for which it is too high. Wants two subnets or more.
    """
    sets = (), [names.index(name) for name in SIZE], range(len(names))
    errors = [_left_out(shapes[:, list(columns)], observed) for columns in sets]
    best = int(np.argmin(errors))
    chosen = list(sets[best])
    constant, slopes = _fit(shapes[:, chosen], observed)
    told = {names[column]: slope for column, slope in zip(chosen, slopes.tolist(), strict=True) if slope}
    return Figure(constant, told, errors[best], (float(observed.min()), float(observed.max())))


def _fit(shapes: Float, observed: Float) -> tuple[float, Float]:
    """Constant and slopes; what does not vary has a slope of 0."""
    centre, spread = shapes.mean(axis=0), _spread(shapes)
    x = (shapes - centre) / spread
    gram = x.T @ x + PENALTY * np.eye(x.shape[1])
    slopes: Float = np.linalg.solve(gram, x.T @ (observed - observed.mean())) / spread
    return float(observed.mean() - centre @ slopes), slopes


def _left_out(shapes: Float, observed: Float) -> float:
    """Root mean square of the errors on subnets that were left out, from the leverage of each."""
    x = (shapes - shapes.mean(axis=0)) / _spread(shapes)
    leverage = np.einsum("ij,ji->i", x, np.linalg.solve(x.T @ x + PENALTY * np.eye(x.shape[1]), x.T)) + 1 / len(x)
    constant, slopes = _fit(shapes, observed)
    errors = (observed - constant - shapes @ slopes) / (1 - leverage)
    return float(np.sqrt((errors**2).mean()))


def _spread(shapes: Float) -> Float:
    deviation: Float = shapes.std(axis=0)
    return np.where(deviation > 0, deviation, 1.0)
