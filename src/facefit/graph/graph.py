"""A static network as a whole: the nodes behind its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from facefit.graph.nodes import Convolution, Depthwise, Input, Node


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
