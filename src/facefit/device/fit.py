"""From layers timed alone to the latency of a whole network.

A layer alone finds its weights in the cache, and pays for its own call of the runtime; in a network neither is so.
The differences are regular, so a few whole networks tell them, and the result is again a sum over layers:

    latency = scale * sum of layers + scale7 * sum of 7x7 layers + weights * parameters of the blocks + constant

Where inputs are small, a network reads each weight only a few times and the third term matters. A 7x7 layer may be
several operators (see `graph.emit_tflite`) and has a scale of its own; on images so small that only the middle of the
kernel touches them it is no 7x7. Cai et al. 2020 (section 3.3) add up a table without a fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.space import InvertedResidual, Layer

Floats = NDArray[np.float64]
NETWORKS_AT_LEAST = 8


@dataclass(frozen=True, slots=True)
class LatencyFit:
    """Coefficients of the sum; `weights_ms` is milliseconds per million parameters."""

    scale: float
    scale7: float
    weights_ms: float
    constant_ms: float

    def layer_ms(self, layer: Layer, alone_ms: float) -> float:
        """What the layer adds to a network if it takes `alone_ms` alone."""
        terms = _terms(layer, alone_ms)
        return float(np.dot((self.scale, self.scale7, self.weights_ms), terms))

    def network_ms(self, layers: Iterable[Layer], alone_ms: Mapping[str, float]) -> float:
        """Latency of a network of these layers, whose latencies alone are given by name."""
        return self.constant_ms + sum(self.layer_ms(layer, alone_ms[layer.name]) for layer in layers)

    @classmethod
    def of(
        cls, networks: Sequence[Sequence[Layer]], measured_ms: Sequence[float], alone_ms: Mapping[str, float]
    ) -> Self:
        """Least squares of the relative error, so that fast networks count as much as slow ones."""
        if len(networks) < NETWORKS_AT_LEAST or len(networks) != len(measured_ms):
            raise InputError(f"fit on {len(networks)} networks; expected at least {NETWORKS_AT_LEAST}")
        sums = [np.sum([_terms(layer, alone_ms[layer.name]) for layer in network], axis=0) for network in networks]
        rows = np.column_stack([np.array(sums), np.ones(len(networks))]) / np.array(measured_ms)[:, None]
        # A column of zeros (no 7x7 layer anywhere) gets the coefficient 0.
        coefficients, *_ = np.linalg.lstsq(rows, np.ones(len(networks)), rcond=None)
        return cls(*map(float, coefficients))


def error_percent(predicted_ms: Sequence[float], measured_ms: Sequence[float]) -> Floats:
    """Size of the relative error of each prediction."""
    error: Floats = 100.0 * np.abs(np.array(predicted_ms) / np.array(measured_ms) - 1.0)
    return error


def _terms(layer: Layer, alone_ms: float) -> tuple[float, float, float]:
    if not isinstance(layer, InvertedResidual):
        return alone_ms, 0.0, 0.0  # every network has these; the constant covers their weights
    return alone_ms, alone_ms if layer.effective_kernel == 7 else 0.0, layer.parameters / 1e6
