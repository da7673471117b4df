"""Exact counting and sampling of the subnets within a limit, by dynamic programming.

Rejection finds about one subnet in 1e8 under a tight limit. A cost that adds up over the blocks can instead be
counted backwards from the last block: how many ways to finish are left for each remaining budget? Walking forwards
in proportion to those counts draws every subnet within the limit with the same probability.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.search.grid import CostGrid
from facefit.search.limits import Limit
from facefit.space import SearchSpace
from facefit.space.population import Genes

Counts = NDArray[np.float64]


class WithinLimit:
    """The subnets within one limit, their cost rounded up to a grid of `bins` steps above the cheapest.

    Rounding up means that no subnet over the limit is ever counted or drawn, and that a few just below are missed.
    With `least` only subnets of at least that cost are counted, and, for the same reason, a few just below it.

    `block_odds` are the odds that each block gives a subnet. With 1 every subnet counts, and is drawn, alike, so that
    nearly all are deep. With one over the number of choices every depth is alike, and every choice of a block: subnets
    are drawn as `space.population.sample` would within the limit, and counts are shares.
    """

    def __init__(
        self, space: SearchSpace, limit: Limit, bins: int = 4096, least: float = 0.0, block_odds: float = 1.0
    ) -> None:
        self._space, self._bins, self._block_odds = space, bins, block_odds
        self._grid = CostGrid(space, limit, bins)
        unused = np.maximum(self._grid.base + bins * self._grid.step - least, -1.0)
        most_left = np.divide(unused, self._grid.step, out=np.where(unused < 0, -1.0, bins), where=self._grid.step > 0)
        ends = [(np.arange(bins + 1) <= left + 1e-9).astype(np.float64) for left in most_left]
        self._ways = [self._count(steps, end) for steps, end in zip(self._grid.steps, ends, strict=True)]

    @property
    def count(self) -> float:
        """Number of subnets within the limit (those that the grid misses left out)."""
        return float(self._totals().sum())

    def sample(self, n: int, rng: np.random.Generator) -> Genes:
        """Subnets drawn independently by their odds, (n, 1 + positions); none, shape (0, ...), if there are none."""
        totals = self._totals()
        if totals.sum() == 0:
            return np.zeros((0, 1 + self._space.positions), np.uint8)
        return self._of_resolutions(rng.choice(len(totals), size=n, p=totals / totals.sum()), rng)

    def sample_each_resolution(self, n: int, rng: np.random.Generator) -> Genes:
        """As many of each resolution that has any, n in all, those of a resolution drawn by their odds."""
        possible = np.flatnonzero(self._totals())
        return self._of_resolutions(possible[np.arange(n) % len(possible)] if len(possible) else possible, rng)

    def _of_resolutions(self, drawn: NDArray[np.intp], rng: np.random.Generator) -> Genes:
        genes = np.zeros((len(drawn), 1 + self._space.positions), np.uint8)
        genes[:, 0] = drawn
        for r in np.unique(drawn):
            genes[drawn == r, 1:] = self._walk(int(r), genes[drawn == r, 1:], 0, rng)
        return genes

    def redraw(self, genes: Genes, group: int, rng: np.random.Generator) -> Genes:
        """Subnets that `sample` has drawn, with their groups from this one on drawn anew, by their odds among all that
        share what comes before: subnets are as likely as ever, but not independent of the one given."""
        genes = genes.copy()
        for r in np.unique(genes[:, 0]):
            rows = genes[:, 0] == r
            genes[rows, 1:] = self._walk(int(r), genes[rows, 1:], group * self._space.max_depth, rng)
        return genes

    def _totals(self) -> Counts:
        return np.where(self._grid.fits, [ways[0][self._bins] for ways in self._ways], 0.0)

    def _count(self, steps: NDArray[np.int64], end: Counts) -> list[Counts]:
        """ways[p][b]: number of ways to choose from position p on with b steps left, the group still running at p.

        Position p = group start is the state before a group; one more entry, `end`, stands for the finished network.
        """
        space, depth = self._space, self._space.max_depth
        ways = [end] * (space.positions + 1)
        for p in reversed(range(space.positions)):
            ways[p] = self._after_block(ways, p, steps)
            if p % depth in space.depths:
                ways[p] = ways[p] + ways[(p // depth + 1) * depth]
        return ways

    def _after_block(self, ways: list[Counts], p: int, steps: NDArray[np.int64]) -> Counts:
        """Ways that run a block at position p, (bins + 1,)."""
        following, total = ways[p + 1], np.zeros(self._bins + 1)
        for cost in steps[p]:
            if cost <= self._bins:
                total[cost:] += following[: self._bins + 1 - cost]
        return self._block_odds * total

    def _walk(self, r: int, given: NDArray[np.uint8], first: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Draws the blocks of n subnets of resolution r from a position on, where a group starts, each choice in
        proportion to the ways it leaves; `given` (n, positions) are those before."""
        ways, steps, depth = self._ways[r], self._grid.steps[r], self._space.max_depth
        n, blocks, before = len(given), given.copy(), np.arange(first)
        costs = np.pad(steps, ((0, 0), (1, 0)))  # none of a skipped block
        left = self._bins - costs[before, given[:, :first]].sum(axis=1)
        running = np.ones(n, bool)
        for p in range(first, self._space.positions):
            running |= p % depth == 0
            after = left[:, None] - steps[p]
            weights = self._block_odds * np.where(after >= 0, ways[p + 1][np.maximum(after, 0)], 0.0)
            stop = ways[(p // depth + 1) * depth][left] * (p % depth in self._space.depths)
            totals = np.concatenate([stop[:, None], weights], axis=1).cumsum(axis=1)
            pick = (totals <= (rng.random(n) * totals[:, -1])[:, None]).sum(axis=1)
            pick = np.where(running, np.minimum(pick, len(self._space.choices)), 0)
            left = left - costs[p, pick]
            blocks[:, p] = pick
            running &= pick > 0
        return blocks
