"""The TFLite models that a device is timed with. Their weights are made up, which latency hardly depends on."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facefit.device.plan import Outputs
from facefit.graph import emit_tflite, layer_graph, network_graph, random_network
from facefit.graph.blocks import STRETCH, RepeatedWeights
from facefit.graph.forms import Depthwise7
from facefit.graph.graph import Graph
from facefit.graph.nodes import Input, Offset
from facefit.graph.reference_networks import EFFICIENTNET_B0, ReferenceNetwork
from facefit.space import Layer, SearchSpace, Subnet
from facefit.weights import StaticNetwork

_CLASSES = tuple(f"class {i}" for i in range(8))


def reference_model(resolution: int, rng: np.random.Generator, network: ReferenceNetwork = EFFICIENTNET_B0) -> bytes:
    """A reference network without classifier as a TFLite file, usually the baseline, EfficientNet-B0."""
    return emit_tflite(network.graph(resolution, RepeatedWeights(rng)))


class Models(Protocol):
    """Makes models to time."""

    def layer(self, layer: Layer, depthwise7: Depthwise7) -> bytes:
        """A layer alone."""
        ...

    def network(self, space: SearchSpace, subnet: Subnet, outputs: Outputs, depthwise7: Depthwise7) -> bytes:
        """A whole subnet, as it is exported."""
        ...

    def reference(self, resolution: int) -> bytes:
        """EfficientNet-B0."""
        ...


class GraphModels:
    """Models out of `facefit.graph`; probabilities are of eight classes."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def layer(self, layer: Layer, depthwise7: Depthwise7) -> bytes:
        return emit_tflite(layer_graph(layer), depthwise7=depthwise7)

    def network(self, space: SearchSpace, subnet: Subnet, outputs: Outputs, depthwise7: Depthwise7) -> bytes:
        classes = _CLASSES if "probabilities" in outputs else ()
        network = self._static(space, subnet, classes)
        return emit_tflite(network_graph(network, outputs), depthwise7=depthwise7)

    def reference(self, resolution: int) -> bytes:
        return reference_model(resolution, self._rng)

    def _static(self, space: SearchSpace, subnet: Subnet, classes: tuple[str, ...]) -> StaticNetwork:
        return random_network(space, subnet, self._rng, classes)


class CompactModels(GraphModels):
    """Models for devices at the end of a wire: the same in every call, so that what is there need not travel again,
    and packed, a network is a few percent of its size, since its weights repeat a short stretch."""

    def __init__(self) -> None:
        super().__init__(np.random.default_rng(0))

    def reference(self, resolution: int) -> bytes:
        return reference_model(resolution, np.random.default_rng(0))

    def _static(self, space: SearchSpace, subnet: Subnet, classes: tuple[str, ...]) -> StaticNetwork:
        network = random_network(space, subnet, np.random.default_rng(0), classes)
        return replace(network, tensors={name: _repetitive(values) for name, values in network.tensors.items()})


def empty_model() -> bytes:
    """A model that adds 0 to one number: what a call of a runtime costs whatever the model."""
    number = Input("image", (1, 1, 1, 1))
    return emit_tflite(Graph(number, {"same": Offset(number, np.zeros(1, np.float32))}))


def _repetitive(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """A stretch of a tensor over and over; one number for a vector, since a batch norm's vectors scale the weights."""
    return np.resize(values.ravel()[: 1 if values.ndim == 1 else STRETCH], values.shape)
