"""The TFLite models that a device is timed with. Their weights are made up, which latency hardly depends on."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from facefit.graph import efficientnet_b0, emit_tflite, layer_graph, network_graph, random_network
from facefit.graph.networks import Output
from facefit.graph.tflite import Depthwise7
from facefit.space import Layer, SearchSpace, Subnet

Outputs = tuple[Output, ...]
_CLASSES = tuple(f"class {i}" for i in range(8))


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
        network = random_network(space, subnet, self._rng, classes)
        return emit_tflite(network_graph(network, outputs), depthwise7=depthwise7)

    def reference(self, resolution: int) -> bytes:
        return emit_tflite(efficientnet_b0(resolution, self._rng))
