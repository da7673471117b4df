"""AlexNet with one tower, as it is used today (Krizhevsky 2014, One weird trick)."""

from __future__ import annotations

from facefit.graph.nodes import MaxPool, Node, Pad
from facefit.graph.reference_networks.layers import BIAS, Layers
from facefit.graph.reference_networks.network import ReferenceNetwork

_PADDING = 2


def _body(layers: Layers, image: Node) -> Node:
    """Up to the second fully connected layer: 4096 numbers."""
    x = layers.valid(Pad(image, _PADDING), 64, kernel=11, stride=4, activation="relu")
    x = layers.convolution(MaxPool(x, 3, 2), 192, kernel=5, activation="relu", counted=BIAS)
    x = layers.convolution(MaxPool(x, 3, 2), 384, kernel=3, activation="relu", counted=BIAS)
    for _ in range(2):
        x = layers.convolution(x, 256, kernel=3, activation="relu", counted=BIAS)
    x = layers.whole(MaxPool(x, 3, 2), 4096, activation="relu")
    return layers.whole(x, 4096, activation="relu")


ALEXNET = ReferenceNetwork("AlexNet", "Krizhevsky 2014, One weird trick", _body, 224, 1000, least_resolution=63)
