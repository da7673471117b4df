"""The three networks of MTCNN as graphs.

Zhang et al. 2016, 'Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks', figure 2. All
take `image`, float32 RGB pixels in 0..255, NHWC, and give `face`, the probabilities of (no face, face), and `shift`,
how far the edges (left, top, right, bottom) of a face lie from those of the window, in units of its side.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from facefit.graph.graph import Graph
from facefit.graph.nodes import Array, Convolution, Flatten, Input, MaxPool, Node, Prelu, Softmax
from facefit.weights.tensor_file import read_tensors

WINDOW_PX, STEP_PX = 12, 2
"""Side of the windows that the proposal network looks at, and their distance."""
REFINEMENT_PX, LANDMARK_PX = 24, 48
"""Sides of the images that the other two take."""

_BUNDLED = Path(__file__).parents[1] / "bundled" / "detector" / "mtcnn.safetensors"
_MIDDLE, _RANGE = 127.5, 128.0
"""The networks were trained on (pixel - 127.5) / 128."""

Weights = Mapping[str, Array]


def load_weights(path: Path = _BUNDLED) -> Weights:
    """Tensors by `network.layer.part`; raises `ArtifactError` if the file is damaged."""
    return read_tensors(path, "detector")[1]


def proposal_graph(weights: Weights, height: int, width: int) -> Graph:
    """Every window of an image at once: `face` (1, h', w', 2) and `shift` (1, h', w', 4)."""
    image = Input("image", (1, height, width, 3))
    layers = _Layers(weights, "proposal")
    x = layers.prelu("conv1", image)
    x = layers.prelu("conv3", layers.prelu("conv2", MaxPool(x, 2, 2)))
    return Graph(image, {"face": Softmax(layers.convolution("face", x)), "shift": layers.convolution("shift", x)})


def refinement_graph(weights: Weights) -> Graph:
    """One window of 24x24 pixels: `face` (1, 2) and `shift` (1, 4)."""
    image = Input("image", (1, REFINEMENT_PX, REFINEMENT_PX, 3))
    layers = _Layers(weights, "refinement")
    x: Node = MaxPool(layers.prelu("conv1", image), 3, 2)
    x = MaxPool(layers.prelu("conv2", x), 3, 2)
    x = layers.prelu("dense", layers.prelu("conv3", x))
    return Graph(image, {"face": layers.face(x), "shift": layers.values("shift", x)})


def landmark_graph(weights: Weights) -> Graph:
    """One window of 48x48 pixels: `face` (1, 2), `shift` (1, 4), and `points` (1, 10): x, then y of eyes, nose, and
    corners of the mouth, each from left to right in the image, in 0..1 of the window."""
    image = Input("image", (1, LANDMARK_PX, LANDMARK_PX, 3))
    layers = _Layers(weights, "landmark")
    x: Node = MaxPool(layers.prelu("conv1", image), 3, 2)
    x = MaxPool(layers.prelu("conv2", x), 3, 2)
    x = MaxPool(layers.prelu("conv3", x), 2, 2)
    x = layers.prelu("dense", layers.prelu("conv4", x))
    results = {name: layers.values(name, x) for name in ("shift", "points")}
    return Graph(image, {"face": layers.face(x)} | results)


class _Layers:
    """The layers of one network by their names."""

    def __init__(self, weights: Weights, network: str) -> None:
        self._weights, self._network = weights, network

    def convolution(self, layer: str, x: Node) -> Convolution:
        """Without padding; the first one takes pixels."""
        weight, bias = (self._tensor(layer, part).astype(np.float64) for part in ("weight", "bias"))
        if layer == "conv1":
            weight = weight / _RANGE
            bias = bias - _MIDDLE * weight.sum(axis=(1, 2, 3))
        return Convolution(x, weight.astype(np.float32), bias.astype(np.float32), padding="valid")

    def prelu(self, layer: str, x: Node) -> Node:
        return Prelu(self.convolution(layer, x), self._tensor(layer, "slope"))

    def values(self, layer: str, x: Node) -> Node:
        return Flatten(self.convolution(layer, x))

    def face(self, x: Node) -> Node:
        return Softmax(self.values("face", x))

    def _tensor(self, layer: str, part: str) -> Array:
        return self._weights[f"{self._network}.{layer}.{part}"]
