"""Layers of the search space as graph nodes, from whatever source gives their weights."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from facefit.graph.nodes import Activation, Add, Array, Convolution, Depthwise, GlobalMean, Multiply, Node, Padding
from facefit.space import Conv, InvertedResidual
from facefit.weights.sharing import touching_kernel

STRETCH = 997
"""Numbers in a stretch: few enough for packers to see the next one, and prime, so that rows of weights differ."""


class WeightSource(Protocol):
    """Gives the weights of a named convolution with its batch norm folded in."""

    def __call__(self, name: str, shape: tuple[int, int, int, int], factor: float = 1.0) -> tuple[Array, Array]:
        """Weight times `factor`, shape (out, in, k, k) as in PyTorch (in = 1 for depthwise), and bias (out,)."""
        ...


class ConstantWeights:
    """All weights 1 / fan-in and all biases 0: quick to make, small when packed, no overflow; for timing only."""

    def __call__(self, name: str, shape: tuple[int, int, int, int], factor: float = 1.0) -> tuple[Array, Array]:
        """The same for every name."""
        fan_in = shape[1] * shape[2] * shape[3]
        return np.full(shape, factor / fan_in, np.float32), np.zeros(shape[0], np.float32)


class RandomWeights:
    """Normal weights of variance 2 / fan-in (He et al. 2015, section 2.2) and small random biases."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def __call__(self, name: str, shape: tuple[int, int, int, int], factor: float = 1.0) -> tuple[Array, Array]:
        """Draws anew at each call, whatever the name."""
        deviation = np.float32(factor * (2.0 / (shape[1] * shape[2] * shape[3])) ** 0.5)
        weight = self._rng.standard_normal(shape, np.float32) * deviation
        return weight, self._rng.standard_normal(shape[0], np.float32) * np.float32(0.1)


class RepeatedWeights:
    """Like `RandomWeights`, but the same short stretch over and over: quick to make, and small when packed."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._stretch = rng.standard_normal(STRETCH, np.float32)

    def __call__(self, name: str, shape: tuple[int, int, int, int], factor: float = 1.0) -> tuple[Array, Array]:
        """The same for every name."""
        deviation = np.float32(factor * (2.0 / (shape[1] * shape[2] * shape[3])) ** 0.5)
        return np.resize(self._stretch * deviation, shape), np.resize(self._stretch, shape[0]) * np.float32(0.1)


def dense(
    x: Node,
    weights: WeightSource,
    name: str,
    channels: int,
    *,
    kernel: int = 1,
    stride: int = 1,
    activation: Activation = "none",
    factor: float = 1.0,
    padding: Padding = "same",
) -> Convolution:
    """Dense convolution to `channels` outputs."""
    weight, bias = weights(name, (channels, x.shape[3], kernel, kernel), factor)
    return Convolution(x, np.ascontiguousarray(weight.transpose(0, 2, 3, 1)), bias, stride, activation, padding)


def depthwise(
    x: Node,
    weights: WeightSource,
    name: str,
    *,
    kernel: int,
    stride: int,
    activation: Activation,
    padding: Padding = "same",
) -> Depthwise:
    """Depthwise convolution."""
    weight, bias = weights(name, (x.shape[3], 1, kernel, kernel))
    return Depthwise(x, _depthwise_layout(weight), bias, stride, activation, padding)


def conv_layer(x: Node, layer: Conv, weights: WeightSource) -> Convolution:
    """Stem, head or feature mix; the weights bear the layer's role as their name."""
    return dense(
        x,
        weights,
        layer.role,
        layer.out_channels,
        kernel=layer.kernel,
        stride=layer.stride,
        activation=layer.activation,
    )


def inverted_residual(x: Node, layer: InvertedResidual, weights: WeightSource, prefix: str = "") -> Node:
    """MobileNetV3 block. The gate is hard-sigmoid, relu6(x + 3) / 6.

    TFLite has relu6 as part of a convolution, so the 3 goes into the bias and the 1/6 into the projection: no extra
    operator is left.
    """
    y: Node = x
    factor = 1.0
    if layer.expands:
        y = dense(y, weights, f"{prefix}expand", layer.mid_channels, activation=layer.activation)
    weight, bias = weights(f"{prefix}depthwise", (layer.mid_channels, 1, layer.kernel, layer.kernel))
    y = Depthwise(y, _depthwise_layout(touching_kernel(weight, layer)), bias, layer.stride, layer.activation)
    if layer.squeeze_channels:
        reduced = dense(GlobalMean(y), weights, f"{prefix}squeeze.reduce", layer.squeeze_channels, activation="relu")
        gate = dense(reduced, weights, f"{prefix}squeeze.expand", layer.mid_channels)
        shifted = (gate.bias.astype(np.float64) + 3.0).astype(np.float32)
        y = Multiply(y, Convolution(reduced, gate.weight, shifted, 1, "relu6"))
        factor = 1.0 / 6.0
    y = dense(y, weights, f"{prefix}project", layer.out_channels, factor=factor)
    return Add(x, y) if layer.residual else y


def _depthwise_layout(weight: Array) -> Array:
    """(c, 1, k, k) -> (k, k, c)."""
    return np.ascontiguousarray(weight[:, 0].transpose(1, 2, 0))
