"""Thousands of subnets at once as an integer array of genes.

A population is `uint8` of shape (n, 1 + positions). Column 0 is the index of the resolution; every other column is
0 for a skipped block or 1 + the index of the choice in `SearchSpace.choices`. Skipped blocks are always 0, so
two rows are equal exactly when the networks are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.space.search_space import SearchSpace
from facefit.space.subnet import Subnet

Genes = NDArray[np.uint8]


def encode(space: SearchSpace, subnets: Sequence[Subnet]) -> Genes:
    """Subnets to genes, shape (n, 1 + positions)."""
    number = {choice: c + 1 for c, choice in enumerate(space.choices)}
    genes = np.zeros((len(subnets), 1 + space.positions), np.uint8)
    for row, subnet in zip(genes, subnets, strict=True):
        space.check(subnet)
        row[0] = space.resolutions.index(subnet.resolution)
        for g, group in enumerate(subnet.groups):
            start = 1 + g * space.max_depth
            row[start : start + len(group)] = [number[block] for block in group]
    return genes


def decode(space: SearchSpace, genes: Genes) -> list[Subnet]:
    """Genes back to subnets."""
    choices = space.choices
    starts = range(1, 1 + space.positions, space.max_depth)
    return [
        Subnet(
            tuple(tuple(choices[c - 1] for c in row[s : s + space.max_depth] if c) for s in starts),
            space.resolutions[row[0]],
        )
        for row in genes.tolist()
    ]


def sample(space: SearchSpace, n: int, rng: np.random.Generator) -> Genes:
    """Random subnets: depth of each group uniform, then each choice uniform, as once-for-all samples them."""
    return _assemble(
        space,
        rng.integers(len(space.resolutions), size=n),
        rng.choice(space.depths, size=(n, len(space.groups))),
        rng.integers(1, len(space.choices) + 1, size=(n, space.positions)),
    )


def mutate(space: SearchSpace, genes: Genes, probability: float, rng: np.random.Generator) -> Genes:
    """Each gene (resolution, depth, kernel, expand) is drawn anew with the given probability."""
    n = len(genes)
    fresh, expands = sample(space, n, rng), len(space.expands)
    blocks = _filled(space, genes, rng).astype(np.int64) - 1
    drawn = rng.integers(0, len(space.choices), size=blocks.shape)
    kernel = np.where(rng.random(blocks.shape) < probability, drawn // expands, blocks // expands)
    expand = np.where(rng.random(blocks.shape) < probability, drawn % expands, blocks % expands)
    old, new = depths(space, genes), depths(space, fresh)
    return _assemble(
        space,
        np.where(rng.random(n) < probability, fresh[:, 0], genes[:, 0]),
        np.where(rng.random(old.shape) < probability, new, old),
        kernel * expands + expand + 1,
    )


def cross_over(space: SearchSpace, mothers: Genes, fathers: Genes, rng: np.random.Generator) -> Genes:
    """Each gene comes from either parent with equal odds; a block that only one parent has comes from that one."""
    own, other = mothers[:, 1:], fathers[:, 1:]
    pick = np.where(rng.random(own.shape) < 0.5, own, other)
    pick = np.where(pick == 0, np.maximum(own, other), pick)
    pick = np.where(pick == 0, rng.integers(1, len(space.choices) + 1, size=pick.shape), pick)
    d_own, d_other = depths(space, mothers), depths(space, fathers)
    return _assemble(
        space,
        np.where(rng.random(len(own)) < 0.5, mothers[:, 0], fathers[:, 0]),
        np.where(rng.random(d_own.shape) < 0.5, d_own, d_other),
        pick,
    )


def depths(space: SearchSpace, genes: Genes) -> NDArray[np.int64]:
    """Number of active blocks of each group, shape (n, groups)."""
    active = genes[:, 1:].reshape(len(genes), len(space.groups), space.max_depth) > 0
    number = np.zeros(active.shape[:2], np.int64)
    for block in np.moveaxis(active, 2, 0):  # a sum over an axis this short takes several times as long
        number += block
    return number


def keys(genes: Genes) -> list[bytes]:
    """A key for each row, the same for equal rows."""
    rows = np.ascontiguousarray(genes)
    found: list[Any] = rows.view(np.dtype((np.void, rows.shape[1]))).ravel().tolist()
    return found


def distinct(genes: Genes) -> NDArray[np.intp]:
    """Indices of the rows that no row before them equals, in order."""
    first = first_places(genes)
    return np.sort(np.fromiter(first.values(), np.intp, len(first)))


def first_places(genes: Genes) -> dict[bytes, int]:
    """The index of the first of all rows with a key."""
    return dict(zip(reversed(keys(genes)), reversed(range(len(genes))), strict=True))


def count(space: SearchSpace) -> int:
    """Number of distinct subnets."""
    choices = len(space.choices)
    per_group = sum(choices**depth for depth in space.depths)
    subnets: int = per_group ** len(space.groups)
    return subnets * len(space.resolutions)


def _filled(space: SearchSpace, genes: Genes, rng: np.random.Generator) -> Genes:
    """Block genes with random choices where blocks are skipped, for when a mutation makes the group deeper."""
    blocks = genes[:, 1:]
    spare = rng.integers(1, len(space.choices) + 1, size=blocks.shape, dtype=np.uint8)
    return np.where(blocks > 0, blocks, spare)


def _assemble(
    space: SearchSpace,
    resolution: NDArray[np.integer],
    depth: NDArray[np.integer],
    blocks: NDArray[np.integer],
) -> Genes:
    active = np.arange(space.max_depth) < depth[:, :, None]
    kept = np.where(active.reshape(blocks.shape), blocks, 0)
    return np.concatenate([resolution[:, None], kept], axis=1).astype(np.uint8)
