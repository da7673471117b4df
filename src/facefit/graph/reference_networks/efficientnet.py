"""EfficientNet-B0, against which the paper states its latency limits, and EfficientNet-B2 (Tan & Le 2019)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from facefit.graph.blocks import RandomWeights
from facefit.graph.graph import Graph
from facefit.graph.nodes import Add, GlobalMean, Node
from facefit.graph.reference_networks.layers import Layers
from facefit.graph.reference_networks.network import ReferenceNetwork
from facefit.space.layers import make_divisible

_SOURCE = "Tan & Le 2019, EfficientNet"


@dataclass(frozen=True, slots=True)
class MBConv:
    """MBConv blocks of one stage (table 1 of the paper); squeeze-and-excite is a quarter of the block's input."""

    expand: int
    kernel: int
    stride: int
    width: int
    repeats: int


STEM_WIDTH, HEAD_WIDTH = 32, 1280
STAGES = (
    MBConv(1, 3, 1, 16, 1),
    MBConv(6, 3, 2, 24, 2),
    MBConv(6, 5, 2, 40, 2),
    MBConv(6, 3, 2, 80, 3),
    MBConv(6, 5, 1, 112, 3),
    MBConv(6, 5, 2, 192, 4),
    MBConv(6, 3, 1, 320, 1),
)


@dataclass(frozen=True, slots=True)
class _Scaled:
    """The body, wider and deeper by two factors.

    Its stride-2 convolutions pad both sides alike, where TensorFlow's pad one more at the end; the work is the same.
    """

    width: float
    depth: float

    def __call__(self, layers: Layers, image: Node) -> Node:
        x = layers.convolution(image, self._wide(STEM_WIDTH), kernel=3, stride=2, activation="silu", factor=1 / 64)
        for stage, stride in self._blocks():
            x = _mbconv(layers, x, stage, stride)
        return GlobalMean(layers.convolution(x, self._wide(HEAD_WIDTH), activation="silu"))

    def _wide(self, channels: int) -> int:
        return make_divisible(channels * self.width)

    def _blocks(self) -> Iterator[tuple[MBConv, int]]:
        """Stage, with its scaled width, and stride of every block."""
        for stage in STAGES:
            scaled = replace(stage, width=self._wide(stage.width))
            for i in range(math.ceil(stage.repeats * self.depth)):
                yield scaled, 1 if i else stage.stride


def _mbconv(layers: Layers, x: Node, stage: MBConv, stride: int) -> Node:
    width = x.shape[3]
    y = layers.convolution(x, width * stage.expand, activation="silu") if stage.expand > 1 else x
    y = layers.depthwise(y, kernel=stage.kernel, stride=stride, activation="silu")
    y = layers.gated(y, width // 4, "silu")
    y = layers.convolution(y, stage.width)
    return Add(x, y) if stride == 1 and width == stage.width else y


EFFICIENTNET_B0 = ReferenceNetwork("EfficientNet-B0", _SOURCE, _Scaled(1.0, 1.0), 224, 1000)
EFFICIENTNET_B2 = ReferenceNetwork("EfficientNet-B2", _SOURCE, _Scaled(1.1, 1.2), 260, 1000)


def efficientnet_b0(resolution: int, rng: np.random.Generator) -> Graph:
    """EfficientNet-B0 without classifier, random weights: pixels (1, r, r, 3) in 0..255 -> `descriptor` (1, 1280)."""
    return EFFICIENTNET_B0.graph(resolution, RandomWeights(rng))
