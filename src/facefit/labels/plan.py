"""Which subnets to label."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.space import SearchSpace
from facefit.space.population import Genes, cross_over, encode, sample

Draw = Callable[[int], Genes]

GRADES = 4

BRANCHING = (2, 2, 3)
"""How often a tree branches before its third, fourth and last group: up to there its subnets share all layers."""


def uniform_labels(space: SearchSpace, n: int, rng: np.random.Generator) -> Genes:
    """n different random subnets, independent of each other."""
    return _distinct(space, n, rng, lambda m: sample(space, m, rng))


def graded_labels(space: SearchSpace, n: int, rng: np.random.Generator) -> Genes:
    """n different subnets from uniform ones down to almost the smallest, in trees that share their first groups.

    Latency limits of interest lie near the fast end, where uniform subnets are rare, so every tree is crossed with
    the smallest subnet no time or up to `GRADES - 1` times. Sharing makes labelling several times faster; subnets of
    one tree are not independent of each other.
    """

    def grow(m: int) -> Genes:
        roots = -(-m // int(np.prod(BRANCHING)))
        grades = rng.integers(GRADES, size=roots)
        grown = _toward_smallest(space, sample(space, roots, rng), grades, rng)
        for level, children in enumerate(BRANCHING):
            first_free = len(space.groups) - len(BRANCHING) + level
            grown, grades = np.repeat(grown, children, axis=0), np.repeat(grades, children)
            fresh = _toward_smallest(space, sample(space, len(grown), rng), grades, rng)
            column = 1 + first_free * space.max_depth
            grown[:, column:] = fresh[:, column:]
        return rng.permutation(grown)[:m]

    return _distinct(space, n, rng, grow)


def _toward_smallest(space: SearchSpace, genes: Genes, times: NDArray[np.int64], rng: np.random.Generator) -> Genes:
    """Each row crossed with the smallest subnet of its resolution so many times."""
    smallest = np.repeat(encode(space, [space.smallest]), len(genes), axis=0)
    smallest[:, 0] = genes[:, 0]
    for time in range(1, int(times.max(initial=0)) + 1):
        crossed = cross_over(space, genes, smallest, rng)
        genes = np.where((times >= time)[:, None], crossed, genes)
    return genes


def _distinct(space: SearchSpace, n: int, rng: np.random.Generator, draw: Draw) -> Genes:
    found = np.zeros((0, 1 + space.positions), np.uint8)
    for _ in range(100):
        found = np.unique(np.concatenate([found, draw(n - len(found))]), axis=0)
        if len(found) == n:
            return rng.permutation(found)
    raise InputError(f"{n} different subnets wanted, the space {space.name} gave {len(found)}; ask for fewer")
