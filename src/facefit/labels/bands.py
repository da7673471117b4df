"""Subnets drawn by latency: a share of the labels for each band, independent or in trees.

Uniform subnets crowd around the mean latency, so that a surrogate learns least where limits lie. Dynamic programming
draws from any band what `uniform_labels` would draw there. Every subnet alike would not do: most subnets of a
band are deep, those of fast bands nearly all at one resolution, and teach little about the others.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from facefit.labels.plan import branches, distinct, smallest_and_largest
from facefit.search import Limit, WithinLimit, fastest_subnet
from facefit.space import SearchSpace
from facefit.space.costs import LargestSum
from facefit.space.population import Genes

Edges = NDArray[np.float64]

BANDS = 8
BRANCHING = (2, 2, 3)
"""Less than that of graded trees: in a narrow band more subnets that share as much would be the same ones."""
_ROUNDS = 100


def band_edges(space: SearchSpace, latency: LargestSum, bands: int = BANDS) -> Edges:
    """Edges of latency bands in ms, (bands + 1,), from the fastest to the slowest subnet in equal ratios."""
    _, fastest_ms = fastest_subnet(space, latency)
    slowest_ms = max(float((fixed + blocks.max(axis=2).sum(axis=1)).max()) for fixed, blocks in latency.sums)
    edges = np.geomspace(fastest_ms, slowest_ms, bands + 1)
    edges[0], edges[-1] = fastest_ms, slowest_ms
    return edges


def band_of(edges: Edges, latency_ms: NDArray[np.float64]) -> NDArray[np.intp]:
    """The number of the band of each latency, (n,); what lies beyond the ends belongs to the outer bands."""
    return np.clip(np.searchsorted(edges, latency_ms, side="left") - 1, 0, len(edges) - 2)


def banded_labels(space: SearchSpace, n: int, rng: np.random.Generator, latency: LargestSum, edges: Edges) -> Genes:
    """n different subnets, as many from each band; the smallest and the largest of each resolution are among them.

    Bands with fewer subnets than their share leave the rest to the others.
    """
    bands = [_Band(space, latency, low, high) for low, high in itertools.pairwise(edges.tolist())]

    def draw(m: int) -> Genes:
        share = -(-m // len(bands))
        return rng.permutation(np.concatenate([band.sample(share, rng) for band in bands]))[:m]

    return distinct(space, n, rng, draw, smallest_and_largest(space))


def banded_trees(space: SearchSpace, n: int, rng: np.random.Generator, latency: LargestSum, edges: Edges) -> Genes:
    """As `banded_labels`, in trees that share their first groups, as those of `graded_labels` do: faster to label. Each
    subnet of a band is about as likely as there, but those of one tree are not independent."""
    bands = [_Band(space, latency, low, high) for low, high in itertools.pairwise(edges.tolist())]
    leaves = len(bands) * int(np.prod(BRANCHING))

    def draw(m: int) -> Genes:
        grown = [band.grow(band.sample(-(-m // leaves), rng), rng) for band in bands]
        return rng.permutation(np.concatenate(grown))[:m]

    return distinct(space, n, rng, draw, smallest_and_largest(space))


class _Band:
    """Draws from one band. What has its latency from one of the sums is drawn within that sum's own band, those left
    out whose latency another sum tells; a first draw from each estimates how likely subnets of either kind are."""

    def __init__(self, space: SearchSpace, latency: LargestSum, low: float, high: float) -> None:
        self._space, self._latency, self._low = space, latency, low
        self._samplers = [
            WithinLimit(space, Limit("latency", "ms", t, high), least=low, block_odds=1 / len(space.choices))
            for t in latency.sums
        ]

    def sample(self, n: int, rng: np.random.Generator) -> Genes:
        """At most n, as uniform ones as far as the estimate goes; fewer only where they are rare."""
        drawn = [self._draw(k, n, rng) for k in range(len(self._samplers))]
        kinds = np.array([s.count * len(genes) for s, genes in zip(self._samplers, drawn, strict=True)])
        if not kinds.any():
            return drawn[0]
        for k, share in enumerate(rng.multinomial(n, kinds / kinds.sum())):
            for _ in range(_ROUNDS):
                if len(drawn[k]) >= share:
                    break
                drawn[k] = np.concatenate([drawn[k], self._draw(k, n, rng)])
            drawn[k] = drawn[k][:share]
        return np.concatenate(drawn)

    def _draw(self, k: int, n: int, rng: np.random.Generator) -> Genes:
        genes = self._samplers[k].sample(n, rng)
        return genes[self._belongs(k, genes)]

    def _belongs(self, k: int, genes: Genes) -> NDArray[np.bool_]:
        sums = self._latency.each(genes)
        # The sampler's grid lets in a few from just below the band.
        return (sums.argmax(axis=0) == k) & (sums[k] >= self._low)

    def grow(self, roots: Genes, rng: np.random.Generator) -> Genes:
        """The trees of subnets of this band, all of it; what would leave the band stays as it was, twice the same."""
        for group, children in branches(self._space, BRANCHING):
            roots = np.repeat(roots, children, axis=0)
            told_by = self._latency.each(roots).argmax(axis=0)
            for k, sampler in enumerate(self._samplers):
                rows = np.flatnonzero(told_by == k)
                drawn = sampler.redraw(roots[rows], group, rng)
                kept = self._belongs(k, drawn)
                roots[rows[kept]] = drawn[kept]
        return roots
