"""Whole static networks, and single layers to time, as graphs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from facefit.errors import ArtifactError, InputError
from facefit.graph.blocks import ConstantWeights, conv_layer, dense, inverted_residual
from facefit.graph.folding import NormValues, centred, fold_norm, scaled, with_std
from facefit.graph.forms import Output
from facefit.graph.graph import Graph
from facefit.graph.nodes import Array, Flatten, GlobalMean, Input, Node, Softmax
from facefit.space import Conv, InvertedResidual, Layer, Pool
from facefit.weights import StaticNetwork

_NORM_PARTS = ("weight", "bias", "running_mean", "running_var")


class FoldedWeights:
    """Weights of a static network; a batch norm that follows a convolution is folded into it in float64."""

    def __init__(self, network: StaticNetwork) -> None:
        self._tensors = network.tensors

    def __call__(self, name: str, shape: tuple[int, int, int, int], factor: float = 1.0) -> tuple[Array, Array]:
        """Raises `ArtifactError` if a tensor is missing or does not fit the subnet."""
        conv, norm = f"{name}.conv.weight", f"{name}.norm.weight"
        weight = self._tensor(conv if conv in self._tensors else f"{name}.weight", shape)
        if norm not in self._tensors:
            bias = self._tensors.get(f"{name}.bias", np.zeros(shape[0], np.float32))
            return weight if factor == 1.0 else scaled(weight, np.float64(factor)), bias
        values = (self._tensor(f"{name}.norm.{part}", shape[:1]) for part in _NORM_PARTS)
        return fold_norm(weight, NormValues(*values), factor)

    def _tensor(self, name: str, shape: Sequence[int]) -> Array:
        tensor = self._tensors.get(name)
        if tensor is None:
            raise ArtifactError(f"static network has no tensor '{name}'; expected one of shape {tuple(shape)}")
        if tensor.size != math.prod(shape):
            raise ArtifactError(f"tensor '{name}' has shape {tensor.shape}, its subnet needs {tuple(shape)}")
        reshaped: Array = tensor.reshape(shape)
        return reshaped


def network_graph(network: StaticNetwork, outputs: Sequence[Output] = ("descriptor",)) -> Graph:
    """A static network from pixels to named outputs.

    Input `image`: float32 RGB pixels in 0..255, shape (1, r, r, 3); the normalisation to mean and std is inside.
    Output `descriptor`: the feature of shape (1, d), not normalised to unit length, which would leave the delegate.
    Output `probabilities`: softmax over the classes, shape (1, classes).
    """
    space, subnet, weights = network.space, network.subnet, FoldedWeights(network)
    space.check(subnet)
    stem, first = space.opening_layers(subnet.resolution)
    head, _, feature = space.closing_layers(subnet.resolution)
    image = Input("image", (1, subnet.resolution, subnet.resolution, 3))
    x: Node = inverted_residual(_stem(image, stem, network, weights), first, weights, "first.")
    for i, layer in enumerate(space.block_layers(subnet)):
        x = inverted_residual(x, layer, weights, f"blocks.{i}.")
    x = conv_layer(GlobalMean(conv_layer(x, head, weights)), feature, weights)
    results: dict[str, Node] = {}
    for output in outputs:
        results[output] = Flatten(x) if output == "descriptor" else _probabilities(x, network, weights)
    return Graph(image, results)


def layer_graph(layer: Layer) -> Graph:
    """One layer with constant weights, for timing: input `x` and output `y`, NHWC."""
    weights = ConstantWeights()
    channels = layer.channels if isinstance(layer, Pool) else layer.in_channels
    x = Input("x", (1, layer.input_size, layer.input_size, channels))
    match layer:
        case Conv():
            return Graph(x, {"y": conv_layer(x, layer, weights)})
        case Pool():
            return Graph(x, {"y": GlobalMean(x)})
        case InvertedResidual():
            return Graph(x, {"y": inverted_residual(x, layer, weights)})


def _stem(image: Input, layer: Conv, network: StaticNetwork, weights: FoldedWeights) -> Node:
    """(pixel / 255 - mean) / std and the first convolution."""
    return with_std(conv_layer(centred(image, network.metadata.mean), layer, weights), network.metadata.std)


def _probabilities(feature: Node, network: StaticNetwork, weights: FoldedWeights) -> Node:
    if not network.metadata.classes or "classifier.weight" not in network.tensors:
        raise InputError("the network has no classifier, so no probabilities; ask for the output 'descriptor' only")
    return Softmax(Flatten(dense(feature, weights, "classifier", len(network.metadata.classes))))
