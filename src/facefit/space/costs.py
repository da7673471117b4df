"""Costs of whole populations: sums over layers out of a table, and the largest of several such sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.space.layers import Layer
from facefit.space.population import Genes
from facefit.space.search_space import SearchSpace

Table = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Cost of the fixed layers, (resolutions,), and of each gene, (resolutions, positions, 1 + choices); skipped blocks
cost 0."""


def additive_table(space: SearchSpace, cost: Callable[[Layer], float]) -> Table:
    """Any cost that adds up over layers, as arrays."""
    fixed = np.zeros(len(space.resolutions))
    table = np.zeros((len(space.resolutions), space.positions, 1 + len(space.choices)))
    for r, resolution in enumerate(space.resolutions):
        fixed[r] = sum(cost(c) for c in (*space.opening_layers(resolution), *space.closing_layers(resolution)))
        for p in range(space.positions):
            group, j = divmod(p, space.max_depth)
            table[r, p, 1:] = [cost(space.block_layer(group, j == 0, b, resolution)) for b in space.choices]
    return fixed, table


def additive_cost(genes: Genes, table: Table) -> NDArray[np.float64]:
    """Cost of each row of genes under `additive_table`, shape (n,)."""
    fixed, blocks = table
    r, (_, positions, states) = genes[:, 0], blocks.shape
    place = (r[:, None].astype(np.intp) * positions + np.arange(positions)) * states + genes[:, 1:]
    total: NDArray[np.float64] = fixed[r] + blocks.ravel()[place].sum(axis=1)
    return total


@dataclass(frozen=True)
class LargestSum:
    """A cost that is the largest of one or several sums over layers.

    So is any cost that rises faster beyond some point, such as the latency of networks that outgrow a cache. It stays
    within a limit exactly where each of its sums does.
    """

    sums: tuple[Table, ...]

    def of(self, genes: Genes) -> NDArray[np.float64]:
        """Cost of each row, (n,)."""
        largest: NDArray[np.float64] = self.each(genes).max(axis=0)
        return largest

    def each(self, genes: Genes) -> NDArray[np.float64]:
        """The sums of each row, (sums, n)."""
        return np.array([additive_cost(genes, table) for table in self.sums])
