"""MobileNetV3-Large and MobileNetV3-Small, width 1.0 (Howard et al. 2019, tables 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass

from facefit.graph.nodes import GlobalMean, Node
from facefit.graph.reference_networks.layers import BIAS, Layers
from facefit.graph.reference_networks.network import ReferenceNetwork
from facefit.space import InvertedResidual
from facefit.space.layers import Activation, make_divisible

_SOURCE = "Howard et al. 2019, Searching for MobileNetV3"
_STEM_WIDTH = 16
_RE: Activation = "relu"
_HS: Activation = "h_swish"
Row = tuple[int, int, int, bool, Activation, int]
"""Kernel, channels inside, channels out, whether squeeze-and-excite, activation, stride."""

_LARGE: tuple[Row, ...] = (
    (3, 16, 16, False, _RE, 1),
    (3, 64, 24, False, _RE, 2),
    (3, 72, 24, False, _RE, 1),
    (5, 72, 40, True, _RE, 2),
    (5, 120, 40, True, _RE, 1),
    (5, 120, 40, True, _RE, 1),
    (3, 240, 80, False, _HS, 2),
    (3, 200, 80, False, _HS, 1),
    (3, 184, 80, False, _HS, 1),
    (3, 184, 80, False, _HS, 1),
    (3, 480, 112, True, _HS, 1),
    (3, 672, 112, True, _HS, 1),
    (5, 672, 160, True, _HS, 2),
    (5, 960, 160, True, _HS, 1),
    (5, 960, 160, True, _HS, 1),
)
_SMALL: tuple[Row, ...] = (
    (3, 16, 16, True, _RE, 2),
    (3, 72, 24, False, _RE, 2),
    (3, 88, 24, False, _RE, 1),
    (5, 96, 40, True, _HS, 2),
    (5, 240, 40, True, _HS, 1),
    (5, 240, 40, True, _HS, 1),
    (5, 120, 48, True, _HS, 1),
    (5, 144, 48, True, _HS, 1),
    (5, 288, 96, True, _HS, 2),
    (5, 576, 96, True, _HS, 1),
    (5, 576, 96, True, _HS, 1),
)


@dataclass(frozen=True, slots=True)
class _MobileNetV3:
    """The body up to the layer before the classifier, which is the descriptor, as in the SuperNet."""

    rows: tuple[Row, ...]
    head_width: int
    feature_width: int

    def __call__(self, layers: Layers, image: Node) -> Node:
        x = layers.convolution(image, _STEM_WIDTH, kernel=3, stride=2, activation="h_swish", factor=1 / 64)
        for row in self.rows:
            x = layers.inverted_residual(x, _layer(x, *row))
        x = layers.convolution(x, self.head_width, activation="h_swish")
        return layers.convolution(GlobalMean(x), self.feature_width, activation="h_swish", counted=BIAS)


def _layer(
    x: Node, kernel: int, inside: int, out: int, squeezes: bool, activation: Activation, stride: int
) -> InvertedResidual:
    """Squeeze-and-excite has a quarter of the channels inside, rounded to eights."""
    return InvertedResidual(
        input_size=x.shape[1],
        in_channels=x.shape[3],
        mid_channels=inside,
        out_channels=out,
        kernel=kernel,
        stride=stride,
        activation=activation,
        squeeze_channels=make_divisible(inside // 4) if squeezes else 0,
        expands=inside != x.shape[3],
    )


MOBILENET_V3_LARGE = ReferenceNetwork("MobileNetV3-Large", _SOURCE, _MobileNetV3(_LARGE, 960, 1280), 224, 1000)
MOBILENET_V3_SMALL = ReferenceNetwork("MobileNetV3-Small", _SOURCE, _MobileNetV3(_SMALL, 576, 1024), 224, 1000)
