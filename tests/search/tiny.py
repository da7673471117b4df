"""A space small enough to look at all of it, and random tables of costs."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from facefit.comparator import Chain
from facefit.space import Group, SearchSpace
from facefit.space.population import Genes


def tiny_space(depths: tuple[int, ...] = (1, 2), resolutions: tuple[int, ...] = (32, 48)) -> SearchSpace:
    """Two groups, four choices a block."""
    groups = (Group(16, 2, "relu", False), Group(24, 2, "h_swish", True))
    return SearchSpace("tiny", 8, 8, groups, 48, 64, (3, 5), (3, 4), depths, resolutions)


def every_subnet(space: SearchSpace) -> Genes:
    """All subnets of a space, (n, 1 + positions)."""
    codes = range(1, 1 + len(space.choices))
    group = [
        [*blocks, *[0] * (space.max_depth - depth)]
        for depth in space.depths
        for blocks in itertools.product(codes, repeat=depth)
    ]
    rows = [
        [r, *itertools.chain(*groups)]
        for r in range(len(space.resolutions))
        for groups in itertools.product(group, repeat=len(space.groups))
    ]
    return np.array(rows, np.uint8)


def random_table(space: SearchSpace, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Costs of fixed layers and of genes without any order among them."""
    rng = np.random.default_rng(seed)
    blocks = rng.exponential(1.0, (len(space.resolutions), space.positions, 1 + len(space.choices)))
    blocks[:, :, 0] = 0
    return rng.random(len(space.resolutions)), blocks


def random_chain(space: SearchSpace, rng: np.random.Generator) -> Chain:
    states = 1 + len(space.choices)
    return Chain(
        rng.standard_normal(len(space.resolutions)),
        rng.standard_normal((len(space.resolutions), space.positions, states)),
        rng.standard_normal((space.positions - 1, states, states)),
    )
