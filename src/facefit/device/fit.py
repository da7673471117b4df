"""From layers timed alone to the latency of a whole network.

A layer alone finds its weights in the cache, and pays for its own call of the runtime; in a network neither is so.
The differences are regular, so a few whole networks tell them:

    latency = scale * sum of layers + scale7 * sum of 7x7 layers + weights * parameters of the blocks + constant
              + spill * parameters of the blocks beyond those that stay in the cache from one call to the next

Where inputs are small, a network reads each weight only a few times and the weights matter. A 7x7 layer may be
several operators (see `graph.emit_tflite`) and has a scale of its own; on images so small that only the middle of the
kernel touches them it is no 7x7. The last term bends the sum where networks outgrow a cache; since it only ever rises,
the latency is the larger of two plain sums, and what can be searched for one sum can be for it. Cai et al. 2020
(section 3.3) add up a table without a fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.space import InvertedResidual, Layer

Floats = NDArray[np.float64]
NETWORKS_AT_LEAST = 8
_BEND_LEAVES = 0.7
"""A bend has to leave less than this share of the squared error, or it is taken for chance."""
_TERMS = ((1, 1, 1, 1), (1, 1, 0, 1), (1, 0, 1, 1), (1, 0, 0, 1), (1, 0, 0, 0))
"""Which of the terms of a plain sum a fit may keep."""
_BEND_NETWORKS = 3
"""So many networks at least on either side of it."""


@dataclass(frozen=True, slots=True)
class PlainSum:
    """One of the sums; `weights_ms` is milliseconds per million parameters of the blocks."""

    scale: float
    scale7: float
    weights_ms: float
    constant_ms: float

    def layer_ms(self, layer: Layer, alone_ms: float) -> float:
        """What the layer adds to a network if it takes `alone_ms` alone."""
        terms = _terms(layer, alone_ms)
        return float(np.dot((self.scale, self.scale7, self.weights_ms), terms))

    def network_ms(self, layers: Iterable[Layer], alone_ms: Mapping[str, float]) -> float:
        """The sum for a network of these layers, whose latencies alone are given by name."""
        return self.constant_ms + sum(self.layer_ms(layer, alone_ms[layer.name]) for layer in layers)


@dataclass(frozen=True, slots=True)
class LatencyFit:
    """Coefficients; `weights_ms` and `spill_ms` are milliseconds per million parameters, `cached` millions of them."""

    scale: float
    scale7: float
    weights_ms: float
    constant_ms: float
    spill_ms: float = 0.0
    cached: float = 0.0

    @property
    def sums(self) -> tuple[PlainSum, ...]:
        """Whose largest is the latency: without the last term, and with it for all parameters."""
        within = PlainSum(self.scale, self.scale7, self.weights_ms, self.constant_ms)
        if self.spill_ms == 0:
            return (within,)
        beyond = replace(
            within,
            weights_ms=self.weights_ms + self.spill_ms,
            constant_ms=self.constant_ms - self.spill_ms * self.cached,
        )
        return within, beyond

    def network_ms(self, layers: Sequence[Layer], alone_ms: Mapping[str, float]) -> float:
        """Latency of a network of these layers, whose latencies alone are given by name."""
        return max(plain.network_ms(layers, alone_ms) for plain in self.sums)

    @classmethod
    def of(
        cls,
        networks: Sequence[Sequence[Layer]],
        measured_ms: Sequence[float],
        alone_ms: Mapping[str, float],
        layers: Iterable[Layer],
    ) -> Self:
        """Least squares of the relative error, so that fast networks count as much as slow ones.

        None of `layers`, all that are searched among, may cost less than nothing: where noise would have it so, terms
        are left out. The bend is where it leaves the least error, if that is much less than without one.
        """
        if len(networks) < NETWORKS_AT_LEAST or len(networks) != len(measured_ms):
            raise InputError(f"fit on {len(networks)} networks; expected at least {NETWORKS_AT_LEAST}")
        costs = np.array([_terms(layer, alone_ms[layer.name]) for layer in layers])
        sums = np.array([np.sum([_terms(x, alone_ms[x.name]) for x in network], axis=0) for network in networks])
        rows = np.column_stack([sums, np.ones(len(networks))])
        plain, error = _plausible(rows, measured_ms, costs)
        best, least = cls(*plain.tolist()), _BEND_LEAVES * error
        weights = np.sort(sums[:, 2])
        for cached in weights[_BEND_NETWORKS:-_BEND_NETWORKS].tolist():
            bent, error = _least_squares(np.column_stack([rows, np.maximum(sums[:, 2] - cached, 0.0)]), measured_ms)
            if bent[4] > 0 and error < least and (costs @ bent[:3]).min() >= 0:
                scale, scale7, weights_ms, constant_ms, spill_ms = bent.tolist()
                best, least = cls(scale, scale7, weights_ms, constant_ms, spill_ms, cached), error
        return best


def error_percent(predicted_ms: Sequence[float], measured_ms: Sequence[float]) -> Floats:
    """Size of the relative error of each prediction."""
    error: Floats = 100.0 * np.abs(np.array(predicted_ms) / np.array(measured_ms) - 1.0)
    return error


def _plausible(rows: Floats, measured_ms: Sequence[float], costs: Floats) -> tuple[Floats, float]:
    """The least squares by which no layer, whose terms are a row of `costs`, costs less than nothing.

    Nearly always that of all four terms; the last of `_TERMS` has a scale alone, which is above 0 as all sums are.
    """
    fits = (_least_squares(rows * kept, measured_ms) for kept in _TERMS)
    return min((fit for fit in fits if (costs @ fit[0][:3]).min() >= 0), key=lambda fit: fit[1])


def _least_squares(rows: Floats, measured_ms: Sequence[float]) -> tuple[Floats, float]:
    """Coefficients, and the sum of the squares of what they leave; a column of zeros gets the coefficient 0."""
    relative = rows / np.array(measured_ms)[:, None]
    coefficients: Floats = np.linalg.lstsq(relative, np.ones(len(rows)), rcond=None)[0]
    return coefficients, float(np.square(relative @ coefficients - 1.0).sum())


def _terms(layer: Layer, alone_ms: float) -> tuple[float, float, float]:
    if not isinstance(layer, InvertedResidual):
        return alone_ms, 0.0, 0.0  # every network has these; the constant covers their weights
    return alone_ms, alone_ms if layer.effective_kernel == 7 else 0.0, layer.parameters / 1e6
