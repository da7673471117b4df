"""The same network in other operators: what a runtime has no fast kernel for, in terms of what it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from facefit.graph.graph import Graph
from facefit.graph.nodes import Add, Depthwise, Input, Node

Rule = Callable[[Node], Node]
"""From a node, whose sources are already rewritten, to the node that stands in its place."""

_SPLIT_ROWS = ((0, 3, 6), (1, 5), (2, 4))


def rewritten(graph: Graph, rule: Rule) -> Graph:
    """The graph with `rule` applied to every node, sources first."""
    new: dict[int, Node] = {}
    for node in graph.nodes:
        new[id(node)] = rule(with_sources(node, *(new[id(source)] for source in node.sources)))
    image = new[id(graph.input)]
    assert isinstance(image, Input)
    return Graph(image, {name: new[id(node)] for name, node in graph.outputs.items()})


def with_sources(node: Node, *sources: Node) -> Node:
    """The node computed from others, given in the order of `node.sources`."""
    if all(old is new for old, new in zip(node.sources, sources, strict=True)):
        return node
    changes = dict(zip(("x", "y"), sources, strict=False))
    return replace(node, **changes)  # type: ignore[arg-type]


def split_depthwise7(graph: Graph) -> Graph:
    """Every 7x7 depthwise convolution as the sum of three of at most 21 taps.

    Rows {0, 3, 6}, {1, 5} and {2, 4} of the kernel are centred and evenly spaced, so each set is a depthwise
    convolution dilated in height.
    """
    return rewritten(graph, lambda node: _split(node) if _is_7x7(node) else node)


def _is_7x7(node: Node) -> bool:
    return isinstance(node, Depthwise) and node.weight.shape[:2] == (7, 7) and node.padding == "same"


def _split(node: Node) -> Node:
    assert isinstance(node, Depthwise)
    total: Node | None = None
    for rows in _SPLIT_ROWS:
        bias = node.bias if total is None else np.zeros_like(node.bias)
        weight, dilation = node.weight[list(rows)], rows[1] - rows[0]
        part = Depthwise(node.x, weight, bias, node.stride, row_dilation=dilation)
        last = rows == _SPLIT_ROWS[-1]
        total = part if total is None else Add(total, part, node.activation if last else "none")
    assert total is not None
    return total
