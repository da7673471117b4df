"""A static network as data: nodes that hold their inputs.

Everything is float32 and NHWC. A node is its own result: `node.shape` is the shape of what it computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from facefit.graph.computed import Activation, Array, Computed, OfTwo, Padding, Shape
from facefit.graph.convolutions import Convolution, Depthwise

__all__ = [
    "Activate",
    "Activation",
    "Add",
    "Array",
    "Convolution",
    "Depthwise",
    "Flatten",
    "Gate",
    "GlobalMean",
    "Input",
    "MaxPool",
    "Multiply",
    "Node",
    "Offset",
    "Pad",
    "Padding",
    "Prelu",
    "Shape",
    "Softmax",
]


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """What the caller feeds in, shape (1, h, w, c)."""

    name: str
    shape: Shape

    @property
    def sources(self) -> tuple[Node, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Offset(Computed):
    """Adds one constant per channel: x + offset, offset of shape (c,)."""

    offset: Array


@dataclass(frozen=True, slots=True, eq=False)
class Pad(Computed):
    """Zeros around the map, `margin` pixels on each side."""

    margin: int

    def _shape(self) -> Shape:
        """(1, h + 2 margin, w + 2 margin, c)."""
        n, height, width, channels = self.x.shape
        return (n, height + 2 * self.margin, width + 2 * self.margin, channels)


@dataclass(frozen=True, slots=True, eq=False)
class Add(OfTwo):
    """x + y, of equal shapes."""

    activation: Activation = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Multiply(OfTwo):
    """x * y, where y of shape (1, 1, 1, c) may stand for all positions (a gate)."""


@dataclass(frozen=True, slots=True, eq=False)
class Activate(Computed):
    """An activation on its own."""

    activation: Activation


@dataclass(frozen=True, slots=True, eq=False)
class Gate(Computed):
    """relu6(x + 3): six times the hard sigmoid, and x times it is six times h-swish."""


@dataclass(frozen=True, slots=True, eq=False)
class GlobalMean(Computed):
    """Mean over height and width: (1, h, w, c) -> (1, 1, 1, c)."""

    def _shape(self) -> Shape:
        """(1, 1, 1, c)."""
        return (self.x.shape[0], 1, 1, self.x.shape[3])


@dataclass(frozen=True, slots=True, eq=False)
class MaxPool(Computed):
    """Maximum over size x size windows; those that stick out at the bottom or at the right are cut off, not dropped."""

    size: int
    stride: int

    def _shape(self) -> Shape:
        """(1, h', w', c), where h' = ceil((h - size) / stride) + 1."""
        n, height, width, channels = self.x.shape
        return (n, *(-(-(side - self.size) // self.stride) + 1 for side in (height, width)), channels)


@dataclass(frozen=True, slots=True, eq=False)
class Prelu(Computed):
    """x where it is positive, slope * x elsewhere; slope of shape (c,)."""

    slope: Array


@dataclass(frozen=True, slots=True, eq=False)
class Flatten(Computed):
    """(1, 1, 1, c) -> (1, c)."""

    def _shape(self) -> Shape:
        """(1, c)."""
        return (self.x.shape[0], self.x.shape[1] * self.x.shape[2] * self.x.shape[3])


@dataclass(frozen=True, slots=True, eq=False)
class Softmax(Computed):
    """Softmax over the last axis."""


Node: TypeAlias = (
    Input
    | Offset
    | Convolution
    | Depthwise
    | Pad
    | Add
    | Multiply
    | Activate
    | Gate
    | GlobalMean
    | MaxPool
    | Prelu
    | Flatten
    | Softmax
)
