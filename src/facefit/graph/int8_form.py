"""The same network in operators that have int8 kernels: h-swish out of an addition, relu6 and a multiplication."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from facefit.errors import InputError
from facefit.graph.graph import Graph
from facefit.graph.nodes import (
    Activate,
    Activation,
    Add,
    Convolution,
    Depthwise,
    Flatten,
    Gate,
    GlobalMean,
    Input,
    MaxPool,
    Multiply,
    Node,
    Offset,
    Pad,
    Prelu,
    Softmax,
)
from facefit.graph.rewriting import with_sources


@dataclass(frozen=True, slots=True, eq=False)
class _Multiple:
    """A node that holds `factor` times what is meant."""

    node: Node
    factor: float


def int8_form(graph: Graph) -> Graph:
    """The graph with every h-swish of an image as x * relu6(x + 3); on a single pixel it stays, being cheap in float.

    The 1/6 that is missing goes into the weights of the next convolution, so it costs no operator. Raises `InputError`
    for activations that have no such form.
    """
    new: dict[int, _Multiple] = {}
    for node in graph.nodes:
        new[id(node)] = _form(node, [new[id(source)] for source in node.sources])
    image = new[id(graph.input)].node
    assert isinstance(image, Input)
    return Graph(image, {name: _times(new[id(node)], 1.0) for name, node in graph.outputs.items()})


def _form(node: Node, sources: list[_Multiple]) -> _Multiple:
    match node:
        case Convolution() | Depthwise():
            (x,) = sources
            weight = node.weight if x.factor == 1 else node.weight * np.float32(1 / x.factor)
            plain = replace(node, x=x.node, weight=weight, activation="none")
            return _activated(plain, node.activation)
        case Add():
            x, y = sources
            if node.activation not in ("none", "relu"):
                return _activated(Add(_times(x, 1.0), _times(y, 1.0)), node.activation)
            factor = x.factor if _is_free(y) else y.factor
            return _Multiple(Add(_times(x, factor), _times(y, factor), node.activation), factor)
        case Multiply():
            x, y = sources
            return _Multiple(Multiply(x.node, y.node), x.factor * y.factor)
        case Offset():
            (x,) = sources
            return _Multiple(Offset(x.node, node.offset * np.float32(x.factor)), x.factor)
        case GlobalMean() | MaxPool() | Pad() | Prelu() | Flatten():
            (x,) = sources
            return _Multiple(with_sources(node, x.node), x.factor)
        case Input() | Activate() | Gate() | Softmax():
            return _Multiple(with_sources(node, *(_times(x, 1.0) for x in sources)), 1.0)


def _activated(x: Convolution | Depthwise | Add, activation: Activation) -> _Multiple:
    if activation in ("none", "relu", "relu6"):
        return _Multiple(replace(x, activation=activation), 1.0)
    if activation != "h_swish":
        raise InputError(f"activation '{activation}' has no form in int8; expected relu, relu6 or h-swish")
    if x.shape[1:3] == (1, 1):
        return _Multiple(Activate(x, activation), 1.0)
    return _Multiple(Multiply(x, Gate(x)), 6.0)


def _is_free(x: _Multiple) -> bool:
    """Whether it can be multiplied without an operator more."""
    return isinstance(x.node, Convolution | Depthwise) and x.node.activation == "none"


def _times(x: _Multiple, factor: float) -> Node:
    """The node that holds `factor` times what is meant."""
    if x.factor == factor:
        return x.node
    more = np.float32(factor / x.factor)
    if isinstance(x.node, Convolution | Depthwise) and _is_free(x):
        return replace(x.node, weight=x.node.weight * more, bias=x.node.bias * more)
    channels = x.node.shape[3]
    return Depthwise(x.node, np.full((1, 1, channels), more, np.float32), np.zeros(channels, np.float32))
