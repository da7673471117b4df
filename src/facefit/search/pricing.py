"""Limited costs at a price: what a chain is worth once they are paid for, and what prices say of all subnets.

With a price on the share that a subnet takes of each limit, its priced value is its value less the prices of its
shares. No subnet within the limits is worth more than the best priced value, at its cost, plus the sum of all prices
(Everett 1963: Generalized Lagrange multiplier method).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facefit.comparator import Chain
from facefit.search.exact import Programs
from facefit.search.limits import Limit
from facefit.space import SearchSpace
from facefit.space.costs import LargestSum
from facefit.space.population import Genes

Values = NDArray[np.float64]


def priced(chain: Chain, limits: Sequence[Limit], prices: Values) -> Chain:
    """What is left of a value once each limited cost is paid for; `prices` (limits,) are of the whole of each limit."""
    fixed, states = chain.fixed.copy(), chain.states.copy()
    for price, limit in zip(prices, limits, strict=True):
        of_fixed, of_blocks = limit.table
        fixed -= price * of_fixed / limit.maximum
        states -= price * of_blocks / limit.maximum
    return Chain(fixed, states, chain.crosses)


class Offer:
    """What is best at given prices, at every cost, for each resolution: `genes`, and a bound.

    `certain` (n,) says which of them are the best at their cost: those whose cost is the sum that they were found by,
    and that no other resolution beats.
    """

    def __init__(
        self,
        space: SearchSpace,
        chain: Chain,
        cost: LargestSum,
        limits: Sequence[Limit],
        prices: Values,
        bins: int,
    ) -> None:
        self.prices, left = prices, priced(chain, limits, prices)
        self._programs = [Programs(space, left, table, bins) for table in cost.sums]
        found = [programs.genes() for programs in self._programs]
        counts = [cost.each(genes)[i] >= cost.of(genes) for i, genes in enumerate(found)]
        unbeaten = [programs.unbeaten(genes) for programs, genes in zip(self._programs, found, strict=True)]
        self.genes: Genes = np.concatenate(found)
        self.certain: NDArray[np.bool_] = np.concatenate(counts) & np.concatenate(unbeaten)
        self._costs, self._worth = cost.of(self.genes), left.value(self.genes)
        shares = [limit.cost(self.genes) / limit.maximum for limit in limits]
        self._excess = np.array(shares).reshape(len(limits), len(self.genes)).T - 1

    def bound(self, costs: Values) -> Values:
        """No subnet within the limits is worth more at so much cost, (n,)."""
        best: Values = np.min([programs.bound(costs) for programs in self._programs], axis=0)
        return best + float(self.prices.sum())

    def better_prices(self, cost: float, missed: float) -> Values:
        """Prices at which less may be missed at a cost than so much: what is best there at these prices breaks some
        limits, which get dearer, and not others (Polyak 1969: Minimization of unsmooth functionals)."""
        excess = self._excess[int(np.where(self._costs <= cost, self._worth, -np.inf).argmax())]
        prices: Values = np.maximum(self.prices + missed * excess / max(float(excess @ excess), 1e-12), 0)
        return prices
