"""A static network as data: nodes that hold their inputs, and a graph that names its outputs.

Everything is float32 and NHWC. A node is its own result: `node.shape` is the shape of what it computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.space.layers import output_size

Array: TypeAlias = NDArray[np.float32]
Shape: TypeAlias = tuple[int, ...]
Activation = Literal["none", "relu", "relu6", "h_swish", "silu", "sigmoid"]


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """What the caller feeds in, shape (1, h, w, c)."""

    name: str
    shape: Shape

    @property
    def sources(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Offset:
    """Adds one constant per channel: x + offset, offset of shape (c,)."""

    x: Node
    offset: Array

    @property
    def sources(self) -> tuple[Node, ...]:
        return (self.x,)

    @property
    def shape(self) -> Shape:
        return self.x.shape


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Dense convolution, zero padding kernel // 2 on all sides; weight (out, k, k, in), bias (out,)."""

    x: Node
    weight: Array
    bias: Array
    stride: int = 1
    activation: Activation = "none"

    @property
    def sources(self) -> tuple[Node, ...]:
        return (self.x,)

    @property
    def shape(self) -> Shape:
        return _convolved(self.x.shape, self.stride, self.weight.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Depthwise:
    """Depthwise convolution, zero padding kernel // 2 on all sides; weight (k, k, c), bias (c,)."""

    x: Node
    weight: Array
    bias: Array
    stride: int = 1
    activation: Activation = "none"

    @property
    def sources(self) -> tuple[Node, ...]:
        return (self.x,)

    @property
    def shape(self) -> Shape:
        return _convolved(self.x.shape, self.stride, self.weight.shape[2])


@dataclass(frozen=True, slots=True, eq=False)
class Add:
    """x + y, of equal shapes."""

    x: Node
    y: Node

    @property
    def sources(self) -> tuple[Node, ...]:
        return (self.x, self.y)

    @property
    def shape(self) -> Shape:
        return self.x.shape


@dataclass(frozen=True, slots=True, eq=False)
class Multiply:
    """x * y, where y of shape (1, 1, 1, c) may stand for all positions (a gate)."""

    x: Node
    y: Node

    @property
    def sources(self) -> tuple[Node, ...]:
        return (self.x, self.y)

    @property
    def shape(self) -> Shape:
        return self.x.shape


@dataclass(frozen=True, slots=True, eq=False)
class GlobalMean:
    """Mean over height and width: (1, h, w, c) -> (1, 1, 1, c)."""

    x: Node

    @property
    def sources(self) -> tuple[Node, ...]:
        return (self.x,)

    @property
    def shape(self) -> Shape:
        return (self.x.shape[0], 1, 1, self.x.shape[3])


@dataclass(frozen=True, slots=True, eq=False)
class Flatten:
    """(1, 1, 1, c) -> (1, c)."""

    x: Node

    @property
    def sources(self) -> tuple[Node, ...]:
        return (self.x,)

    @property
    def shape(self) -> Shape:
        return (self.x.shape[0], self.x.shape[1] * self.x.shape[2] * self.x.shape[3])


@dataclass(frozen=True, slots=True, eq=False)
class Softmax:
    """Softmax over the last axis."""

    x: Node

    @property
    def sources(self) -> tuple[Node, ...]:
        return (self.x,)

    @property
    def shape(self) -> Shape:
        return self.x.shape


Node: TypeAlias = Input | Offset | Convolution | Depthwise | Add | Multiply | GlobalMean | Flatten | Softmax


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


def _convolved(shape: Shape, stride: int, channels: int) -> Shape:
    n, height, width, _ = shape
    return (n, output_size(height, stride), output_size(width, stride), channels)
