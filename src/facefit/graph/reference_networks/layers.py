"""Layers of reference networks as graph nodes, counting the parameters that publishers count as they are laid."""

from __future__ import annotations

import numpy as np

from facefit.graph.blocks import WeightSource, dense, depthwise, inverted_residual
from facefit.graph.nodes import Activation, GlobalMean, Multiply, Node, Offset, Prelu
from facefit.space import InvertedResidual

BIAS, BATCH_NORM = 1, 2
"""Numbers that are counted for each output channel; the graph folds a batch norm's scale and shift into weights."""


class Layers:
    """Lays layers one after another; `parameters` counts those laid so far, batch norm unfolded."""

    def __init__(self, weights: WeightSource) -> None:
        self._weights = weights
        self.parameters = 0

    def convolution(
        self,
        x: Node,
        channels: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        activation: Activation = "none",
        counted: int = BATCH_NORM,
        factor: float = 1.0,
    ) -> Node:
        """Dense convolution, zero padding kernel // 2; `counted` numbers for each channel beside the weights."""
        self.parameters += (kernel**2 * x.shape[3] + counted) * channels
        return dense(
            x, self._weights, "dense", channels, kernel=kernel, stride=stride, activation=activation, factor=factor
        )

    def whole(self, x: Node, channels: int, *, activation: Activation = "none", counted: int = BIAS) -> Node:
        """Fully connected to a whole square map, as a valid convolution: (1, h, h, c) -> (1, 1, 1, channels)."""
        side = x.shape[1]
        self.parameters += (side**2 * x.shape[3] + counted) * channels
        return dense(x, self._weights, "whole", channels, kernel=side, activation=activation, padding="valid")

    def valid(self, x: Node, channels: int, *, kernel: int, stride: int, activation: Activation) -> Node:
        """Dense convolution with bias that does not pad."""
        self.parameters += (kernel**2 * x.shape[3] + BIAS) * channels
        return dense(
            x, self._weights, "valid", channels, kernel=kernel, stride=stride, activation=activation, padding="valid"
        )

    def depthwise(self, x: Node, *, kernel: int, stride: int = 1, activation: Activation = "none") -> Node:
        """Depthwise convolution and batch norm, zero padding kernel // 2."""
        self.parameters += (kernel**2 + BATCH_NORM) * x.shape[3]
        return depthwise(x, self._weights, "depthwise", kernel=kernel, stride=stride, activation=activation)

    def whole_depthwise(self, x: Node) -> Node:
        """Depthwise convolution as large as the square map, and batch norm: (1, h, h, c) -> (1, 1, 1, c)."""
        side = x.shape[1]
        self.parameters += (side**2 + BATCH_NORM) * x.shape[3]
        return depthwise(x, self._weights, "whole", kernel=side, stride=1, activation="none", padding="valid")

    def prelu(self, x: Node) -> Node:
        """PReLU with a slope of 1/4 for each channel, as it is initialised."""
        self.parameters += x.shape[3]
        return Prelu(x, np.full(x.shape[3], 0.25, np.float32))

    def shifted(self, x: Node) -> Node:
        """Batch norm before a padded convolution: its scale goes into the weights, its shift cannot and stays."""
        self.parameters += BATCH_NORM * x.shape[3]
        return Offset(x, np.full(x.shape[3], 0.1, np.float32))

    def gated(self, x: Node, squeeze_channels: int, activation: Activation) -> Node:
        """Squeeze-and-excite with biases and a sigmoid (Hu et al. 2018)."""
        reduced = self.convolution(GlobalMean(x), squeeze_channels, activation=activation, counted=BIAS)
        return Multiply(x, self.convolution(reduced, x.shape[3], activation="sigmoid", counted=BIAS))

    def inverted_residual(self, x: Node, layer: InvertedResidual) -> Node:
        """MobileNetV3 block, as in the SuperNet."""
        self.parameters += layer.parameters
        return inverted_residual(x, layer, self._weights)
