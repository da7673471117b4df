"""Subnets drawn by latency: a share of the labels for each band, uniform within it.

Uniform subnets crowd around the mean latency (about 1 in 1e8 keeps a tight limit), so that a surrogate learns least
where limits lie. Counting by dynamic programming draws uniformly from any band instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.labels.plan import distinct, smallest_and_largest
from facefit.search import Limit, WithinLimit, fastest_subnet
from facefit.search.limits import Table
from facefit.space import SearchSpace
from facefit.space.population import Genes, additive_cost

Edges = NDArray[np.float64]

BANDS = 8


def band_edges(space: SearchSpace, table: Table, bands: int = BANDS) -> Edges:
    """Edges of latency bands in ms, (bands + 1,), from the fastest to the slowest subnet in equal ratios."""
    fixed, blocks = table
    _, fastest_ms = fastest_subnet(space, table)
    slowest_ms = float((fixed + blocks.max(axis=2).sum(axis=1)).max())
    edges = np.geomspace(fastest_ms, slowest_ms, bands + 1)
    edges[0], edges[-1] = fastest_ms, slowest_ms
    return edges


def band_of(edges: Edges, latency_ms: NDArray[np.float64]) -> NDArray[np.intp]:
    """The number of the band of each latency, (n,); what lies beyond the ends belongs to the outer bands."""
    return np.clip(np.searchsorted(edges, latency_ms, side="left") - 1, 0, len(edges) - 2)


def banded_labels(space: SearchSpace, n: int, rng: np.random.Generator, table: Table, edges: Edges) -> Genes:
    """n different subnets, as many from each band; the smallest and the largest of each resolution are among them.

    Bands with fewer subnets than their share leave the rest to the others.
    """
    samplers = [
        (low, WithinLimit(space, Limit("latency", "ms", table, high), least=low))
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]

    def draw(m: int) -> Genes:
        share = -(-m // len(samplers))
        drawn = [(low, sampler.sample(share, rng)) for low, sampler in samplers if sampler.count > 0]
        # The sampler's grid lets in a few from just below the band.
        inside = np.concatenate([genes[additive_cost(genes, table) >= low] for low, genes in drawn])
        return rng.permutation(inside)[:m]

    return distinct(space, n, rng, draw, smallest_and_largest(space))
