"""MobileFaceNet, 128 numbers from a face of 112 pixels (Chen et al. 2018, table 1)."""

from __future__ import annotations

from facefit.graph.nodes import Add, Node
from facefit.graph.reference_networks.layers import Layers
from facefit.graph.reference_networks.network import ReferenceNetwork

_STAGES = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))
"""Expansion, channels, blocks, and the stride of the first of them."""


def _body(layers: Layers, image: Node) -> Node:
    x = layers.prelu(layers.convolution(image, 64, kernel=3, stride=2, factor=1 / 64))
    x = layers.prelu(layers.depthwise(x, kernel=3))
    for expand, channels, blocks, stride in _STAGES:
        for i in range(blocks):
            x = _bottleneck(layers, x, expand, channels, 1 if i else stride)
    x = layers.prelu(layers.convolution(x, 512))
    return layers.convolution(layers.whole_depthwise(x), 128)


def _bottleneck(layers: Layers, x: Node, expand: int, channels: int, stride: int) -> Node:
    width = x.shape[3]
    y = layers.prelu(layers.convolution(x, width * expand))
    y = layers.convolution(layers.prelu(layers.depthwise(y, kernel=3, stride=stride)), channels)
    return Add(x, y) if stride == 1 and width == channels else y


MOBILEFACENET = ReferenceNetwork("MobileFaceNet", "Chen et al. 2018, MobileFaceNets", _body, 112)
