"""What is known of any subnet without a photo: how large it is, and where it is shallow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.space.costs import additive_cost, additive_table
from facefit.space.population import Genes, depths
from facefit.space.search_space import SearchSpace

SIZE = ("log2_resolution", "log2_macs")


def shape_names(space: SearchSpace) -> tuple[str, ...]:
    """The names of all that `shapes` tells."""
    return (*SIZE, *(f"shallow_{group}" for group in range(1, len(space.groups) + 1)))


def shapes(space: SearchSpace, genes: Genes) -> NDArray[np.float64]:
    """A row for each subnet, float64 (n, names): the logarithms to base 2 of its resolution in pixels and of its
    multiply-accumulates, and for each group 1 where it is as shallow as can be, else 0."""
    pixels = np.array(space.resolutions, np.float64)[genes[:, 0]]
    macs = additive_cost(genes, additive_table(space, lambda layer: layer.macs))
    shallow = depths(space, genes) == min(space.depths)
    return np.column_stack([np.log2(pixels), np.log2(macs), shallow])
