"""Which range of each activation is worth int8 steps, seen on faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.graph.graph import Graph
from facefit.graph.interpreter import LoadedModel
from facefit.graph.nodes import Add, Gate, Input
from facefit.graph.tflite import emit_tflite
from facefit.graph.whole_numbers import Steps

Progress = Callable[[int, int], None]
"""Called with the number of finished images and the number of all images."""

_SEEN_OF_AN_IMAGE = 512
_BINS = 2048
_CUTS = np.geomspace(1.0, 0.2, 20)
"""Parts of the largest values seen at which the range may end."""
GATE_OPENS = -3.0
"""Below, h-swish is 0 whatever the number."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A sample of the values of one node, float32 (n,), and the least and largest of all."""

    values: NDArray[np.float32]
    low: float
    high: float


def observe(
    graph: Graph,
    images: NDArray[np.float32],
    rng: np.random.Generator,
    progress: Progress = lambda done, total: None,
) -> dict[int, Seen]:
    """Values of all nodes but the input, by id, on pixels in 0..255, float32 (n, r, r, 3)."""
    nodes = {str(i): node for i, node in enumerate(graph.nodes) if not isinstance(node, Input)}
    model = LoadedModel(emit_tflite(Graph(graph.input, nodes), "plain"))
    sizes = {name: int(np.prod(node.shape)) for name, node in nodes.items()}
    places = {name: rng.permutation(size)[:_SEEN_OF_AN_IMAGE] for name, size in sizes.items()}
    samples: dict[str, list[NDArray[np.float32]]] = {name: [] for name in nodes}
    lows, highs = dict.fromkeys(nodes, np.inf), dict.fromkeys(nodes, -np.inf)
    for i, image in enumerate(images):
        model.feed(**{graph.input.name: image[None]})
        model.invoke()
        for name in nodes:
            values = model.result(name).ravel()
            samples[name].append(values[places[name]])
            lows[name], highs[name] = min(lows[name], values.min()), max(highs[name], values.max())
        progress(i + 1, len(images))
    return {
        id(node): Seen(np.concatenate(samples[name]), float(lows[name]), float(highs[name]))
        for name, node in nodes.items()
    }


def choose_steps(graph: Graph, seen: Mapping[int, Seen]) -> dict[int, Steps]:
    """Steps for each node: of those ranges that cut off more or less at both ends, the one of the least squared error.

    What goes into a gate is cut off where the gate is shut. Nothing is cut off what is added up, since large terms may
    cancel each other, nor single pixels, where no other one makes up for an error.
    """
    gated = {id(node.x) for node in graph.nodes if isinstance(node, Gate)}
    whole = {id(source) for node in graph.nodes if isinstance(node, Add) for source in node.sources}
    whole |= {id(node) for node in graph.nodes if node.shape[1:3] == (1, 1)}
    floors = {key: GATE_OPENS if key in gated else -np.inf for key in seen}
    return {
        key: Steps.covering(max(values.low, floors[key]), values.high)
        if key in whole
        else _least_error(values, floors[key])
        for key, values in seen.items()
    }


def _least_error(seen: Seen, floor: float) -> Steps:
    low, high = max(min(seen.low, 0.0), floor), max(seen.high, 0.0)
    counts, edges = np.histogram(np.maximum(seen.values, floor), _BINS)
    centres = (edges[:-1] + edges[1:]) / 2
    lows = low * _CUTS if floor < low < 0 else np.array([low])
    candidates = {Steps.covering(a, b) for a in lows for b in high * _CUTS}
    return min(candidates, key=lambda steps: float(counts @ (steps.rounded(centres) - centres) ** 2))
