"""Batch norm and pixel normalisation as part of convolutions: computed in float64 and rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from facefit.graph.nodes import Array, Convolution, Input, Offset

NORM_EPSILON = 1e-5


class NormValues(NamedTuple):
    """A batch norm: float32 (out,) each."""

    gain: Array
    shift: Array
    mean: Array
    variance: Array


def fold_norm(weight: Array, norm: NormValues, factor: float = 1.0) -> tuple[Array, Array]:
    """Weight (out, in, k, k) times `factor`, and bias (out,), of a convolution with the batch norm that follows it."""
    gain, shift, mean, variance = (values.astype(np.float64) for values in norm)
    scale = gain / np.sqrt(variance + NORM_EPSILON)
    return scaled(weight, (scale * factor)[:, None, None, None]), (shift - mean * scale).astype(np.float32)


def scaled(weight: Array, scale: NDArray[np.float64] | np.float64) -> Array:
    """weight * scale, without a float64 copy of the weight."""
    result = np.empty_like(weight)
    np.multiply(weight, scale, out=result, dtype=np.float64, casting="same_kind")
    return result


def centred(image: Input, mean: Sequence[float]) -> Offset:
    """The mean, of RGB in 0..1, is taken off the pixels in 0..255, so that zero padding means what it meant in
    training."""
    return Offset(image, (-255.0 * np.asarray(mean, np.float64)).astype(np.float32))


def with_std(stem: Convolution, std: Sequence[float]) -> Convolution:
    """The convolution that reads centred pixels, its weights divided by the deviation of RGB in 0..1."""
    return replace(stem, weight=scaled(stem.weight, 1.0 / (255.0 * np.asarray(std, np.float64))))
