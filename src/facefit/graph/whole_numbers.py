"""Numbers as whole multiples of a step: weights with a step for each channel, activations with one step and a zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST, LARGEST = -128, 127
_LEAST_RANGE = 1e-3
"""XNNPACK takes no step that is hundreds of times finer than those of what it is computed from."""
_BIAS_LARGEST = 2.0**30
"""A bias is an int32 of the input's step times the weight's; twice this would overflow."""


@dataclass(frozen=True, slots=True)
class Steps:
    """int8 `q` stands for `step * (q - zero)`, as in TFLite's specification of quantisation."""

    step: float
    zero: int

    @classmethod
    def covering(cls, low: float, high: float) -> Steps:
        """The finest steps that reach from `low` to `high`, and to 0, which has to be exact."""
        low, high = min(low, 0.0), max(high, 0.0)
        step = float(np.float32(max(high - low, _LEAST_RANGE) / (LARGEST - LEAST)))
        return cls(step, int(np.clip(round(LEAST - low / step), LEAST, LARGEST)))

    def rounded(self, values: NDArray[Any]) -> NDArray[Any]:
        """What is left of float values after a way through int8."""
        whole = np.clip(np.round(values / self.step) + self.zero, LEAST, LARGEST)
        rounded: NDArray[Any] = (whole - self.zero) * self.step
        return rounded


@dataclass(frozen=True, slots=True, eq=False)
class WholeNumbers:
    """`values` (int8 or int32) times `steps`, float32 (n,), one for each index on `axis`."""

    values: NDArray[Any]
    steps: NDArray[np.float32]
    axis: int


def per_channel(
    weight: NDArray[np.float32], axis: int, bias: NDArray[np.float32] | None = None, input_step: float = 1.0
) -> WholeNumbers:
    """A weight in int8 of -127..127, with a step for each index on `axis`.

    Where the weights of a channel are tiny against its `bias` (n,), the step is wide enough for the bias to fit.
    """
    others = tuple(i for i in range(weight.ndim) if i != axis)
    largest = np.abs(weight).max(axis=others)
    steps = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(LARGEST)
    if bias is not None:
        steps = np.maximum(steps, (np.abs(bias) / (input_step * _BIAS_LARGEST)).astype(np.float32))
    shape = [1] * weight.ndim
    shape[axis] = -1
    return WholeNumbers(np.round(weight / steps.reshape(shape)).astype(np.int8), steps, axis)


def whole_bias(bias: NDArray[np.float32], weight: WholeNumbers, input_step: float) -> WholeNumbers:
    """A bias in int32, in steps of the input's times the weight's."""
    steps = (weight.steps * np.float32(input_step)).astype(np.float32)
    return WholeNumbers(np.round(bias.astype(np.float64) / steps).astype(np.int32), steps, 0)
