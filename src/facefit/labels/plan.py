"""Which subnets to label."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from facefit.errors import InputError
from facefit.space import SearchSpace
from facefit.space.population import Genes, sample

Draw = Callable[[int], Genes]

BRANCHING = (2, 2, 3)
"""How often a tree branches before its third, fourth and last group: up to there its subnets share all layers."""


def uniform_labels(space: SearchSpace, n: int, rng: np.random.Generator) -> Genes:
    """n different random subnets, independent of each other."""
    return _distinct(space, n, rng, lambda m: sample(space, m, rng))


def branching_labels(space: SearchSpace, n: int, rng: np.random.Generator) -> Genes:
    """n different random subnets in trees that share their first groups, so that labelling is several times faster.

    Each subnet by itself is distributed as under `uniform_labels`; subnets of one tree are not independent.
    """

    def grow(m: int) -> Genes:
        roots = -(-m // int(np.prod(BRANCHING)))
        grown = sample(space, roots, rng)
        groups = len(space.groups)
        for level, children in enumerate(BRANCHING):
            first_free = groups - len(BRANCHING) + level
            grown = np.repeat(grown, children, axis=0)
            fresh = sample(space, len(grown), rng)
            column = 1 + first_free * space.max_depth
            grown[:, column:] = fresh[:, column:]
        return rng.permutation(grown)[:m]

    return _distinct(space, n, rng, grow)


def _distinct(space: SearchSpace, n: int, rng: np.random.Generator, draw: Draw) -> Genes:
    found = np.zeros((0, 1 + space.positions), np.uint8)
    for _ in range(100):
        found = np.unique(np.concatenate([found, draw(n - len(found))]), axis=0)
        if len(found) == n:
            return rng.permutation(found)
    raise InputError(f"{n} different subnets wanted, the space {space.name} gave {len(found)}; ask for fewer")
