"""From the choices of a subnet to the batch-norm statistics of one of its layers.

For each norm a ridge regression maps the choices of its own block, of the earlier blocks of its group, of the group
before, and the resolution, to the mean and to the logarithm of the variance of each channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facefit.space import SearchSpace
from facefit.space.population import Genes
from facefit.weights.shared_weights import NormStatistics

SMALLEST_VARIANCE = 1e-8

Float = NDArray[np.float64]


def features(space: SearchSpace, genes: Genes, position: int | None) -> Float:
    """What the statistics at a position depend on, one-hot, shape (n, features); None means stem, first or head."""
    columns: list[NDArray[np.bool_]] = [
        np.ones((len(genes), 1), bool),
        genes[:, :1] == np.arange(len(space.resolutions)),
    ]
    if position is None:
        columns += [_choices(space, genes, p) for p in _group(space, space.positions)]
    else:
        own = _group(space, position)
        before = range(max(own.start - space.max_depth, 0), own.start)
        columns += [genes[:, 1 + position, None] == 1 + np.arange(len(space.choices))]
        columns += [_choices(space, genes, p) for p in (*before, *own)]
    return np.concatenate(columns, axis=1).astype(np.float64)


def fit_norm(
    space: SearchSpace, genes: Genes, observed: Sequence[NormStatistics], name: str, penalty: float
) -> NDArray[np.float32]:
    """Coefficients of a norm, float32 (features, 2, channels): mean and log variance.

    Channels that fewer subnets have are fitted on those subnets alone.
    """
    rows = [i for i, statistics in enumerate(observed) if name in statistics]
    x = features(space, genes[rows], position_of(name))
    sizes = np.array([len(observed[i][name][0]) for i in rows])
    widest = observed[rows[int(sizes.argmax())]][name][0]
    fitted = np.zeros((x.shape[1], 2, len(widest)))
    edges = [0, *np.unique(sizes)]
    for low, high in pairwise(edges):
        has = np.flatnonzero(sizes >= high)
        mean = np.stack([observed[rows[i]][name][0][low:high] for i in has]).astype(np.float64)
        variance = np.stack([observed[rows[i]][name][1][low:high] for i in has]).astype(np.float64)
        y = np.stack([mean, np.log(np.maximum(variance, SMALLEST_VARIANCE))], axis=1)
        fitted[:, :, low:high] = _ridge(x[has], y, penalty)
    return fitted.astype(np.float32)


def _ridge(x: Float, y: Float, penalty: float) -> Float:
    """Coefficients (features, ...) that are shrunk towards the mean over the rows, which the constant column keeps."""
    centre = y.mean(axis=0)
    gram = x.T @ x + penalty * np.eye(x.shape[1])
    solved = np.linalg.solve(gram, x.T @ (y - centre).reshape(len(y), -1)).reshape(-1, *y.shape[1:])
    solved[0] += centre
    return solved


def _choices(space: SearchSpace, genes: Genes, position: int) -> NDArray[np.bool_]:
    """Skipped, kernel and expand of a block, one-hot, shape (n, 1 + kernels + expands)."""
    gene = genes[:, 1 + position, None].astype(np.int64)
    expands = len(space.expands)
    kernel = (gene > 0) & ((gene - 1) // expands == np.arange(len(space.kernels)))
    expand = (gene > 0) & ((gene - 1) % expands == np.arange(expands))
    return np.concatenate([gene == 0, kernel, expand], axis=1)


def _group(space: SearchSpace, position: int) -> range:
    """Positions of the same group before the given one; all of the last group for the position after the end."""
    start = (position - 1 if position == space.positions else position) // space.max_depth * space.max_depth
    return range(start, position)


def position_of(name: str) -> int | None:
    """The block that a norm belongs to; None for stem, first block and head."""
    return int(name.split(".")[1]) if name.startswith("blocks.") else None
