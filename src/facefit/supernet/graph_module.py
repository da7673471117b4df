"""Any network of the graph room as a trainable module, so that baselines are defined once, for timing and training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from facefit.errors import InputError
from facefit.graph.graph import Graph
from facefit.graph.nodes import (
    Add,
    Convolution,
    Depthwise,
    Flatten,
    GlobalMean,
    Input,
    MaxPool,
    Multiply,
    Node,
    Offset,
    Pad,
    Prelu,
)
from facefit.space import SearchSpace, Subnet
from facefit.supernet.elastic import Normaliser, classifier
from facefit.supernet.graph_layers import GraphConvolution, Slope, activated
from facefit.supernet.network import DescriptorNet, Output

OUTPUT: Literal["descriptor"] = "descriptor"


class GraphModule(DescriptorNet):
    """Runs a graph with one output, `descriptor`, and learns its weights, which start as they are in the graph.

    In a graph batch norms are folded; here each convolution has one after it, except those of gates (squeeze and
    excite), which have biases. So are most published networks built; AlexNet has no batch norms, though, and
    MobileNetV3 none after its last layer. The image comes normalised, so the graph's own centring of pixels is left
    out. Raises `InputError` for a graph of another form.
    """

    def __init__(self, graph: Graph, classes: int) -> None:
        super().__init__()
        self.graph, self.nodes = graph, graph.nodes
        if list(graph.outputs) != [OUTPUT]:
            raise InputError(f"the graph gives {', '.join(graph.outputs)}; expected '{OUTPUT}' alone")
        gates = _gates(self.nodes)
        self.layers = nn.ModuleDict()
        for i, node in enumerate(self.nodes):
            if isinstance(node, Convolution | Depthwise):
                self.layers[str(i)] = GraphConvolution(node, normalised=id(node) not in gates)
            elif isinstance(node, Prelu):
                self.layers[str(i)] = Slope(node)
            elif isinstance(node, Offset) and not isinstance(node.x, Input):
                raise InputError("the graph has a batch norm before a padded convolution, which cannot be folded back")
        place = {id(node): i for i, node in enumerate(self.nodes)}
        self._sources = [[place[id(source)] for source in node.sources] for node in self.nodes]
        self._end = place[id(graph.outputs[OUTPUT])]
        self.space = one_network_space(graph)
        self.classifier = classifier(graph.outputs[OUTPUT].shape[-1], classes)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: Tensor, subnet: Subnet, normalise: Normaliser) -> Output:
        results: dict[int, Tensor] = {}
        last_use = {j: i for i, sources in enumerate(self._sources) for j in sources}
        for i, node in enumerate(self.nodes):
            sources = [results[j] for j in self._sources[i]]
            results[i] = x if isinstance(node, Input) else self._run(i, node, sources, normalise)
            for j in self._sources[i]:
                if last_use[j] == i:  # PyTorch keeps what a gradient needs
                    results.pop(j, None)
        descriptor = results[self._end]
        return Output(descriptor, self.classifier(descriptor))

    def learns(self, i: int) -> bool:
        """Whether node i has weights."""
        return str(i) in self.layers

    def _run(self, i: int, node: Node, sources: Sequence[Tensor], normalise: Normaliser) -> Tensor:
        x = sources[0]
        match node:
            case Convolution() | Depthwise() | Prelu():
                learnt: Tensor = self.layers[str(i)](x, f"layers.{i}", normalise)
                return learnt
            case Add():
                return activated(x + sources[1], node.activation)
            case Multiply():
                return x * sources[1]
            case GlobalMean():
                return x.mean((2, 3), keepdim=True)
            case MaxPool():
                return F.max_pool2d(x, node.size, node.stride, ceil_mode=True)
            case Pad():
                return F.pad(x, (node.margin,) * 4)
            case Flatten():
                return x.flatten(1)
            case Offset():
                return x
        raise InputError(f"the graph has a {type(node).__name__}, which cannot be trained")


def one_network_space(graph: Graph) -> SearchSpace:
    """A space of a single network: no elastic groups, one resolution."""
    resolution, width = graph.input.shape[1], graph.outputs[OUTPUT].shape[-1]
    return SearchSpace("one network", 0, 0, (), 0, width, resolutions=(resolution,))


def with_descriptor(graph: Graph, length: int, rng: np.random.Generator) -> Graph:
    """The graph with a linear layer from its descriptor to one of another length."""
    end = graph.outputs[OUTPUT]
    if not isinstance(end, Flatten):
        raise InputError(f"the graph ends in a {type(end).__name__}; expected one that flattens the descriptor")
    width = end.x.shape[3]
    weight = rng.standard_normal((length, 1, 1, width), np.float32) / np.float32(width**0.5)
    return replace(graph, outputs={OUTPUT: Flatten(Convolution(end.x, weight, np.zeros(length, np.float32)))})


def _gates(nodes: Sequence[Node]) -> set[int]:
    """Convolutions between a mean over the map and the product with the map itself, by id."""
    found: set[int] = set()
    waiting = [node.y for node in nodes if isinstance(node, Multiply)]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, GlobalMean | Input):
            found.add(id(node))
            waiting.extend(node.sources)
    return found
