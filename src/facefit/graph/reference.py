"""A static network computed in float64 straight from its tensors: the yardstick for every exported file.

It shares no code with the graph: nothing is folded or split, batch norm and gate are computed as written.
Activations are NCHW.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from facefit.space import InvertedResidual
from facefit.weights import StaticNetwork

Float64 = NDArray[np.float64]
_CHUNK_BYTES = 1 << 20
"""Depthwise convolutions go through the channels in chunks that stay in a core's cache."""


def reference_outputs(network: StaticNetwork, pixels: NDArray[np.float32]) -> dict[str, Float64]:
    """`descriptor` (n, d), not normalised, and where there is a classifier `probabilities` (n, classes).

    `pixels` are RGB in 0..255, shape (n, r, r, 3).
    """
    rows = [_outputs(network, image) for image in pixels.astype(np.float64)]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _outputs(network: StaticNetwork, image: Float64) -> dict[str, Float64]:
    space, subnet, layers = network.space, network.subnet, _Layers(network)
    mean, std = np.asarray(network.metadata.mean), np.asarray(network.metadata.std)
    x = ((image / 255.0 - mean) / std).transpose(2, 0, 1)
    x = layers.activated("h_swish", layers.norm("stem", layers.dense("stem", x, stride=2)))
    x = layers.block("first.", space.opening_layers(subnet.resolution)[1], x)
    for i, layer in enumerate(space.block_layers(subnet)):
        x = layers.block(f"blocks.{i}.", layer, x)
    x = layers.activated("h_swish", layers.norm("head", layers.pointwise("head.conv", x)))
    x = layers.activated(space.feature_activation, layers.pointwise("feature", x.mean((1, 2), keepdims=True)))
    outputs = {"descriptor": x.ravel()}
    if network.metadata.classes:
        logits = layers.pointwise("classifier", x).ravel()
        exponentials = np.exp(logits - logits.max())
        outputs["probabilities"] = exponentials / exponentials.sum()
    return outputs


class _Layers:
    """The operators, on the tensors of one network; x is (c, h, w)."""

    def __init__(self, network: StaticNetwork) -> None:
        self._tensors = network.tensors

    def block(self, prefix: str, layer: InvertedResidual, x: Float64) -> Float64:
        y = x
        if layer.expands:
            y = self.norm(f"{prefix}expand", self.pointwise(f"{prefix}expand.conv", y))
            y = self.activated(layer.activation, y)
        y = self.norm(f"{prefix}depthwise", self.depthwise(f"{prefix}depthwise.conv", y, layer.stride))
        y = self.activated(layer.activation, y)
        if layer.squeeze_channels:
            pooled = y.mean((1, 2), keepdims=True)
            reduced = self.activated("relu", self.pointwise(f"{prefix}squeeze.reduce", pooled))
            gate = self.pointwise(f"{prefix}squeeze.expand", reduced)
            y = y * np.clip(gate / 6.0 + 0.5, 0.0, 1.0)
        y = self.norm(f"{prefix}project", self.pointwise(f"{prefix}project.conv", y))
        return x + y if layer.residual else y

    def pointwise(self, name: str, x: Float64) -> Float64:
        """1x1 convolution, with a bias where there is one."""
        weight = self._tensors[f"{name}.weight"]
        y: Float64 = weight.reshape(weight.shape[:2]).astype(np.float64) @ x.reshape(len(x), -1)
        if f"{name}.bias" in self._tensors:
            y += self._tensors[f"{name}.bias"].astype(np.float64)[:, None]
        return y.reshape(-1, *x.shape[1:])

    def dense(self, name: str, x: Float64, stride: int) -> Float64:
        """k x k convolution over all channels, zero padding k // 2."""
        weight = self._tensors[f"{name}.conv.weight"].astype(np.float64)
        kernel = weight.shape[2]
        windows = sliding_window_view(_padded(x, kernel // 2), (kernel, kernel), axis=(1, 2))[:, ::stride, ::stride]
        return np.tensordot(weight, windows, axes=([1, 2, 3], [0, 3, 4]))

    def depthwise(self, name: str, x: Float64, stride: int) -> Float64:
        """k x k convolution of every channel with its own kernel, zero padding k // 2, as a sum of shifted images."""
        weight = self._tensors[f"{name}.weight"].astype(np.float64)
        kernel, (channels, height, width) = weight.shape[2], x.shape
        out_height, out_width = (height - 1) // stride + 1, (width - 1) // stride + 1
        y = np.zeros((channels, out_height, out_width))
        step = max(1, _CHUNK_BYTES // (8 * height * width))
        product = np.empty((step, out_height, out_width))
        for start in range(0, channels, step):
            chunk = slice(start, start + step)
            padded = _padded(x[chunk], kernel // 2)
            for i in range(kernel):
                for j in range(kernel):
                    shifted = padded[:, i : i + height : stride, j : j + width : stride]
                    np.multiply(shifted, weight[chunk, 0, i, j, None, None], out=product[: len(shifted)])
                    y[chunk] += product[: len(shifted)]
        return y

    def norm(self, prefix: str, x: Float64) -> Float64:
        """Batch norm with running statistics; works in place."""
        gain, shift, mean, variance = (
            self._tensors[f"{prefix}.norm.{part}"].astype(np.float64)[:, None, None]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        x -= mean
        x /= np.sqrt(variance + 1e-5)
        x *= gain
        x += shift
        return x

    def activated(self, activation: str, x: Float64) -> Float64:
        if activation == "h_swish":
            gate = x + 3.0
            np.clip(gate, 0.0, 6.0, out=gate)
            gate /= 6.0
            return x * gate
        return np.maximum(x, 0.0) if activation == "relu" else x


def _padded(x: Float64, margin: int) -> Float64:
    return np.pad(x, ((0, 0), (margin, margin), (margin, margin)))
