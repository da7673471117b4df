"""What a reference network is: a body that ends in a descriptor, and what was published of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from facefit.errors import InputError
from facefit.graph.blocks import ConstantWeights, WeightSource
from facefit.graph.graph import Graph
from facefit.graph.nodes import Flatten, Input, Node, Offset
from facefit.graph.reference_networks.layers import BIAS, Layers

Body: TypeAlias = Callable[[Layers, Node], Node]
"""From the image (1, r, r, 3), its mean taken off, to the descriptor (1, 1, 1, d)."""


@dataclass(frozen=True, slots=True)
class ReferenceNetwork:
    """A published network with made-up weights, meant for timing.

    `resolution` is the published side of the input in pixels, `least_resolution` the smallest that the body takes.
    `classes` is the size of the published classifier, which the graph leaves out: 0 for networks that end in an
    embedding. `source` is the paper.
    """

    name: str
    source: str
    body: Body
    resolution: int
    classes: int = 0
    least_resolution: int = 16

    def graph(self, resolution: int, weights: WeightSource) -> Graph:
        """Without classifier: pixels (1, r, r, 3) in 0..255 -> `descriptor` (1, d).

        Layers that see a whole map grow and shrink with the resolution. Raises `InputError` if it is too small.
        """
        if resolution < self.least_resolution:
            raise InputError(f"{self.name}: {resolution} px; expected at least {self.least_resolution} px")
        image = Input("image", (1, resolution, resolution, 3))
        return Graph(image, {"descriptor": Flatten(self.body(Layers(weights), _centred(image)))})

    def parameters(self) -> int:
        """As published: at the published resolution, with the classifier, batch norms counted as scale and shift."""
        layers = Layers(ConstantWeights())
        descriptor = self.body(layers, _centred(Input("image", (1, self.resolution, self.resolution, 3))))
        return layers.parameters + (descriptor.shape[3] + BIAS) * self.classes


def _centred(image: Input) -> Node:
    return Offset(image, np.full(3, -127.5, np.float32))
