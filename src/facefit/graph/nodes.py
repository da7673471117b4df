"""A static network as data: nodes that hold their inputs, and a graph that names its outputs.

Everything is float32 and NHWC. A node is its own result: `node.shape` is the shape of what it computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.space.layers import output_size

Array: TypeAlias = NDArray[np.float32]
Shape: TypeAlias = tuple[int, ...]
Activation = Literal["none", "relu", "relu6", "h_swish", "silu", "sigmoid"]
Padding = Literal["same", "valid"]


@dataclass(frozen=True, slots=True, eq=False)
class _Computed:
    """A node that is computed from `x`, of the same shape unless it says otherwise.

    `shape` is that of the result, NHWC; kept, for a chain that asked the node before each time would ask it to its end.
    """

    x: Node
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", self._shape())

    @property
    def sources(self) -> tuple[Node, ...]:
        """The nodes from which this one is computed, in the order of its fields."""
        return (self.x,)

    def _shape(self) -> Shape:
        return self.x.shape


@dataclass(frozen=True, slots=True, eq=False)
class _OfTwo(_Computed):
    """A node that is computed from `x` and `y`, of the shape of `x`."""

    y: Node

    @property
    def sources(self) -> tuple[Node, ...]:
        """The nodes from which this one is computed, in the order of its fields."""
        return (self.x, self.y)


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
class Offset(_Computed):
    """Adds one constant per channel: x + offset, offset of shape (c,)."""

    offset: Array


@dataclass(frozen=True, slots=True, eq=False)
class Convolution(_Computed):
    """Dense convolution; weight (out, k, k, in), bias (out,).

    Zero padding is kernel // 2 on all sides if `padding` is "same", none if it is "valid".
    """

    weight: Array
    bias: Array
    stride: int = 1
    activation: Activation = "none"
    padding: Padding = "same"

    def _shape(self) -> Shape:
        """(1, h', w', out), where h' = (h - 1) // stride + 1, or (h - k) // stride + 1 without padding."""
        return _convolved(_uncut(self.x.shape, self.weight.shape[1], self.padding), self.stride, self.weight.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Depthwise(_Computed):
    """Depthwise convolution; weight (rows, columns, c), bias (c,); `padding` as in `Convolution`.

    The kernel is centred and zero padding as wide as it reaches: kernel // 2 on all sides of a square one. Its rows lie
    `row_dilation` apart, which needs padding.
    """

    weight: Array
    bias: Array
    stride: int = 1
    activation: Activation = "none"
    padding: Padding = "same"
    row_dilation: int = 1

    @property
    def margins(self) -> tuple[int, int]:
        """Zero padding above and below, and on the left and right."""
        rows, columns, _ = self.weight.shape
        return (0, 0) if self.padding == "valid" else (self.row_dilation * (rows - 1) // 2, (columns - 1) // 2)

    def _shape(self) -> Shape:
        """(1, h', w', c), where h' = (h - 1) // stride + 1, or (h - k) // stride + 1 without padding."""
        return _convolved(_uncut(self.x.shape, self.weight.shape[0], self.padding), self.stride, self.weight.shape[2])


@dataclass(frozen=True, slots=True, eq=False)
class Pad(_Computed):
    """Zeros around the map, `margin` pixels on each side."""

    margin: int

    def _shape(self) -> Shape:
        """(1, h + 2 margin, w + 2 margin, c)."""
        n, height, width, channels = self.x.shape
        return (n, height + 2 * self.margin, width + 2 * self.margin, channels)


@dataclass(frozen=True, slots=True, eq=False)
class Add(_OfTwo):
    """x + y, of equal shapes."""

    activation: Activation = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Multiply(_OfTwo):
    """x * y, where y of shape (1, 1, 1, c) may stand for all positions (a gate)."""


@dataclass(frozen=True, slots=True, eq=False)
class Activate(_Computed):
    """An activation on its own."""

    activation: Activation


@dataclass(frozen=True, slots=True, eq=False)
class Gate(_Computed):
    """relu6(x + 3): six times the hard sigmoid, and x times it is six times h-swish."""


@dataclass(frozen=True, slots=True, eq=False)
class GlobalMean(_Computed):
    """Mean over height and width: (1, h, w, c) -> (1, 1, 1, c)."""

    def _shape(self) -> Shape:
        """(1, 1, 1, c)."""
        return (self.x.shape[0], 1, 1, self.x.shape[3])


@dataclass(frozen=True, slots=True, eq=False)
class MaxPool(_Computed):
    """Maximum over size x size windows; those that stick out at the bottom or at the right are cut off, not dropped."""

    size: int
    stride: int

    def _shape(self) -> Shape:
        """(1, h', w', c), where h' = ceil((h - size) / stride) + 1."""
        n, height, width, channels = self.x.shape
        return (n, *(-(-(side - self.size) // self.stride) + 1 for side in (height, width)), channels)


@dataclass(frozen=True, slots=True, eq=False)
class Prelu(_Computed):
    """x where it is positive, slope * x elsewhere; slope of shape (c,)."""

    slope: Array


@dataclass(frozen=True, slots=True, eq=False)
class Flatten(_Computed):
    """(1, 1, 1, c) -> (1, c)."""

    def _shape(self) -> Shape:
        """(1, c)."""
        return (self.x.shape[0], self.x.shape[1] * self.x.shape[2] * self.x.shape[3])


@dataclass(frozen=True, slots=True, eq=False)
class Softmax(_Computed):
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


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A network with one input and named outputs."""

    input: Input
    outputs: Mapping[str, Node]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node once, each after its sources."""
        order: dict[int, Node] = {}
        stack = [(node, False) for node in reversed(list(self.outputs.values()))]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.setdefault(id(node), node)
            elif id(node) not in order:
                stack.append((node, True))
                stack.extend((source, False) for source in reversed(node.sources))
        return tuple(order.values())

    @property
    def parameters(self) -> int:
        """Numbers stored as weights and biases, batch norm being folded."""
        convolutions = (node for node in self.nodes if isinstance(node, Convolution | Depthwise))
        return sum(node.weight.size + node.bias.size for node in convolutions)


def _uncut(shape: Shape, kernel: int, padding: Padding) -> Shape:
    """The part of a map in which the kernel's middle, or its first tap, is put down."""
    n, height, width, channels = shape
    cut = kernel - 1 if padding == "valid" else 0
    return (n, height - cut, width - cut, channels)


def _convolved(shape: Shape, stride: int, channels: int) -> Shape:
    n, height, width, _ = shape
    return (n, output_size(height, stride), output_size(width, stride), channels)
