"""What to time so that every subnet of a space can be predicted: its distinct layers, and some whole networks."""

from __future__ import annotations

import numpy as np

from facefit.space import Block, Layer, SearchSpace, Subnet


def resolution_layers(space: SearchSpace, resolution: int) -> dict[str, Layer]:
    """Distinct layers of all subnets at one resolution, by name: 95 in the once-for-all MobileNetV3 space."""
    layers: list[Layer] = [*space.opening_layers(resolution), *space.closing_layers(resolution)]
    for group in range(len(space.groups)):
        for first in (True, False) if space.max_depth > 1 else (True,):
            layers += [space.block_layer(group, first, block, resolution) for block in space.choices]
    return {layer.name: layer for layer in layers}


def distinct_layers(space: SearchSpace) -> dict[str, Layer]:
    """Distinct layers over all resolutions, by name; small resolutions share some of them."""
    return {name: layer for r in space.resolutions for name, layer in resolution_layers(space, r).items()}


def spread_subnets(space: SearchSpace, n: int, rng: np.random.Generator) -> list[Subnet]:
    """Random subnets from nearly the smallest to nearly the largest, over all resolutions in turn.

    Uniform choices would crowd around the mean latency, whereas a limit may ask for any, and mostly for less. So each
    subnet draws a tendency from a ladder of n rungs, closer at the small end, and its depths and choices lean that way.
    """
    tendencies = ((np.arange(n) + rng.random(n)) / n) ** 2
    resolutions = [space.resolutions[i % len(space.resolutions)] for i in range(n)]
    return [_leaning(space, float(t), r, rng) for t, r in zip(tendencies, resolutions, strict=True)]


def _leaning(space: SearchSpace, tendency: float, resolution: int, rng: np.random.Generator) -> Subnet:
    def pick(options: tuple[int, ...]) -> int:
        return options[int(rng.binomial(len(options) - 1, tendency))]

    groups = tuple(
        tuple(Block(pick(space.kernels), pick(space.expands)) for _ in range(pick(space.depths))) for _ in space.groups
    )
    return Subnet(groups, resolution)
