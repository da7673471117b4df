"""Static networks with random weights of sane scale, for tests and for benchmarks that need no trained network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from facefit.space import SearchSpace, Subnet
from facefit.weights import NetworkMetadata, StaticNetwork

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
Tensors = dict[str, NDArray[np.float32]]


def random_network(
    space: SearchSpace, subnet: Subnet, rng: np.random.Generator, classes: tuple[str, ...] = ()
) -> StaticNetwork:
    """A static network that has learnt nothing; with `classes` it has a classifier."""
    metadata = NetworkMetadata(
        task="expression",
        classes=classes,
        mean=_MEAN,
        std=_STD,
        licence="none",
        training={"data": "none", "weights": "random"},
    )
    return StaticNetwork(space, subnet, random_tensors(space, subnet, rng, len(classes)), metadata)


def random_tensors(space: SearchSpace, subnet: Subnet, rng: np.random.Generator, classes: int = 0) -> Tensors:
    """All tensors of a static network under their names, in PyTorch layouts.

    Convolutions as in He et al. 2015 (section 2.2); batch norm with gains about 1 (smaller before a shortcut, whose
    sum would grow) and statistics that fit. Every number differs from its neighbours: a transposed or shifted tensor
    shows.
    """
    tensors: Tensors = {}
    for name, shape, gain in _convolutions(space, subnet):
        normalised = name != "feature"
        tensors[f"{name}.conv.weight" if normalised else f"{name}.weight"] = _he_normal(shape, rng)
        if normalised:
            tensors |= {f"{name}.norm.{part}": values for part, values in _norm(shape[0], gain, rng).items()}
    for i, layer in enumerate(space.block_layers(subnet)):
        if layer.squeeze_channels:
            shapes = {"reduce": (layer.squeeze_channels, layer.mid_channels)}
            shapes["expand"] = shapes["reduce"][::-1]
            for part, (out_channels, in_channels) in shapes.items():
                tensors[f"blocks.{i}.squeeze.{part}.weight"] = _he_normal((out_channels, in_channels, 1, 1), rng)
                tensors[f"blocks.{i}.squeeze.{part}.bias"] = _normal(out_channels, 0.0, 0.5, rng)
    if classes:
        tensors["classifier.weight"] = _he_normal((classes, space.feature_width), rng)
        tensors["classifier.bias"] = _normal(classes, 0.0, 0.5, rng)
    return tensors


def _convolutions(space: SearchSpace, subnet: Subnet) -> Iterator[tuple[str, tuple[int, ...], float]]:
    """Name, weight shape, and mean gain of the batch norm, except for squeeze-and-excite."""
    stem, first = space.opening_layers(subnet.resolution)
    head, _, feature = space.closing_layers(subnet.resolution)
    for conv in (stem, head, feature):
        yield conv.role, (conv.out_channels, conv.in_channels, conv.kernel, conv.kernel), 1.0
    blocks = [(f"blocks.{i}", layer) for i, layer in enumerate(space.block_layers(subnet))]
    for prefix, layer in [("first", first), *blocks]:
        if layer.expands:
            yield f"{prefix}.expand", (layer.mid_channels, layer.in_channels, 1, 1), 1.0
        yield f"{prefix}.depthwise", (layer.mid_channels, 1, layer.kernel, layer.kernel), 1.0
        yield f"{prefix}.project", (layer.out_channels, layer.mid_channels, 1, 1), 0.4 if layer.residual else 1.0


def _he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    return _normal(shape, 0.0, (2.0 / np.prod(shape[1:])) ** 0.5, rng)


def _norm(channels: int, gain: float, rng: np.random.Generator) -> Tensors:
    return {
        "weight": _normal(channels, gain, 0.2 * gain, rng),
        "bias": _normal(channels, 0.0, 0.2, rng),
        "running_mean": _normal(channels, 0.0, 0.3, rng),
        "running_var": rng.uniform(0.5, 2.0, channels).astype(np.float32),
    }


def _normal(
    shape: int | tuple[int, ...], mean: float, deviation: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    return rng.standard_normal(shape, np.float32) * np.float32(deviation) + np.float32(mean)
