"""EfficientNet-B0, the network against which the paper states its latency limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from facefit.graph.blocks import RandomWeights, WeightSource, dense, depthwise
from facefit.graph.nodes import Add, Flatten, GlobalMean, Graph, Input, Multiply, Node, Offset


@dataclass(frozen=True, slots=True)
class MBConv:
    """MBConv blocks of one stage (Tan & Le 2019, table 1); squeeze-and-excite is a quarter of the block's input."""

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


def efficientnet_b0(resolution: int, rng: np.random.Generator) -> Graph:
    """EfficientNet-B0 without classifier, random weights: pixels (1, r, r, 3) in 0..255 -> `descriptor` (1, 1280)."""
    return efficientnet_b0_of(RandomWeights(rng), resolution)


def efficientnet_b0_of(weights: WeightSource, resolution: int) -> Graph:
    """The same with weights of any source, called in the order of the layers.

    Meant for timing. Its stride-2 convolutions pad both sides alike, where TensorFlow's pad one more at the end;
    the work is the same.
    """
    image = Input("image", (1, resolution, resolution, 3))
    x: Node = Offset(image, np.full(3, -127.5, np.float32))
    x = dense(x, weights, "stem", STEM_WIDTH, kernel=3, stride=2, activation="silu", factor=1 / 64)
    for width, stage, stride in _blocks():
        x = _mbconv(x, stage, stride, width, weights)
    x = dense(x, weights, "head", HEAD_WIDTH, activation="silu")
    return Graph(image, {"descriptor": Flatten(GlobalMean(x))})


def efficientnet_b0_parameters() -> int:
    """Trainable parameters without the classifier, batch norm counted as scale and shift (not folded)."""
    total = 3 * 9 * STEM_WIDTH + 2 * STEM_WIDTH
    for width, stage, _ in _blocks():
        mid, squeeze = width * stage.expand, width // 4
        expand = (width + 2) * mid if stage.expand > 1 else 0
        gate = 2 * mid * squeeze + mid + squeeze
        total += expand + (stage.kernel**2 + 2) * mid + gate + (mid + 2) * stage.width
    return total + (STAGES[-1].width + 2) * HEAD_WIDTH


def _blocks() -> Iterator[tuple[int, MBConv, int]]:
    """Input width, stage and stride of every block."""
    width = STEM_WIDTH
    for stage in STAGES:
        for i in range(stage.repeats):
            yield width, stage, 1 if i else stage.stride
            width = stage.width


def _mbconv(x: Node, stage: MBConv, stride: int, width: int, weights: WeightSource) -> Node:
    mid = width * stage.expand
    y = dense(x, weights, "expand", mid, activation="silu") if stage.expand > 1 else x
    y = depthwise(y, weights, "depthwise", kernel=stage.kernel, stride=stride, activation="silu")
    reduced = dense(GlobalMean(y), weights, "squeeze.reduce", width // 4, activation="silu")
    y = Multiply(y, dense(reduced, weights, "squeeze.expand", mid, activation="sigmoid"))
    y = dense(y, weights, "project", stage.width)
    return Add(x, y) if stride == 1 and width == stage.width else y
