"""SENet-50, that is SE-ResNet-50 (Hu et al. 2018), and InsightFace's IResNet-50 (Deng et al. 2019, section 3.1)."""

from __future__ import annotations

from typing import Literal

from facefit.graph.nodes import Add, GlobalMean, MaxPool, Node
from facefit.graph.reference_networks.layers import BATCH_NORM, BIAS, Layers
from facefit.graph.reference_networks.network import ReferenceNetwork

_SENET_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
_IRESNET_STAGES = ((64, 3), (128, 4), (256, 14), (512, 3))
"""Channels and blocks."""
_REDUCTION = 16


def _senet(layers: Layers, image: Node) -> Node:
    """As its authors published it: strides are in the first 1x1 of a stage, pooling keeps windows that stick out."""
    x = layers.convolution(image, 64, kernel=7, stride=2, activation="relu", factor=1 / 64)
    x = MaxPool(x, 3, 2)
    for stage, (channels, blocks) in enumerate(_SENET_STAGES):
        for i in range(blocks):
            x = _se_bottleneck(layers, x, channels, 2 if stage and not i else 1)
    return GlobalMean(x)


def _se_bottleneck(layers: Layers, x: Node, channels: int, stride: int) -> Node:
    out = 4 * channels
    y = layers.convolution(x, channels, stride=stride, activation="relu")
    y = layers.convolution(y, channels, kernel=3, activation="relu")
    y = layers.gated(layers.convolution(y, out), out // _REDUCTION, "relu")
    return _sum(layers, x, y, stride, "relu")


def _iresnet(layers: Layers, image: Node) -> Node:
    """512 numbers; the batch norm before the last layer is folded into it, the one after it too."""
    x = layers.prelu(layers.convolution(image, 64, kernel=3, factor=1 / 64))
    for channels, blocks in _IRESNET_STAGES:
        for i in range(blocks):
            x = _ir_block(layers, x, channels, 1 if i else 2)
    layers.parameters += BATCH_NORM * x.shape[3]
    return layers.whole(x, 512, counted=BIAS + BATCH_NORM)


def _ir_block(layers: Layers, x: Node, channels: int, stride: int) -> Node:
    y = layers.prelu(layers.convolution(layers.shifted(x), channels, kernel=3))
    return _sum(layers, x, layers.convolution(y, channels, kernel=3, stride=stride), stride, "none")


def _sum(layers: Layers, x: Node, y: Node, stride: int, activation: Literal["none", "relu"]) -> Node:
    """Shortcut and branch; a projected shortcut has the batch norm of its own."""
    if stride > 1 or x.shape[3] != y.shape[3]:
        x = layers.convolution(x, y.shape[3], stride=stride)
    return Add(x, y, activation)


SENET_50 = ReferenceNetwork("SENet-50", "Hu et al. 2018, Squeeze-and-Excitation Networks", _senet, 224, 1000)
IRESNET_50 = ReferenceNetwork("IResNet-50", "Deng et al. 2019, ArcFace", _iresnet, 112)
