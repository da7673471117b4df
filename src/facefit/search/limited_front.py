"""The Pareto front of cost and value within further limits, and how much of it may be missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facefit.comparator import Chain
from facefit.comparator.quality import PreferPairs
from facefit.errors import LimitError
from facefit.search.evolution import EvolutionSettings, evolve
from facefit.search.exact import greatest
from facefit.search.limits import Limit, within
from facefit.search.pricing import Offer
from facefit.search.result import LimitedFront, pareto_front
from facefit.search.starts import Starts
from facefit.space import SearchSpace
from facefit.space.costs import LargestSum
from facefit.space.population import Genes, keys

Values = NDArray[np.float64]
_BINS = 4096
_ROUNDS, _SEARCHES = 8, 6
_SETTINGS = EvolutionSettings(256, 64, 40)
_DEAR = 10.0
"""Times the span of all values, for each limit: a price at which hardly anything but the limits counts."""
_NEAR = 1e-3
"""Share of that span below which a bound is not brought down further."""
_ROUNDING = 1e-9
"""Share of that span that a bound may differ from a value which it is equal to."""


def front_within(
    space: SearchSpace, chain: Chain, cost: LargestSum, limits: Sequence[Limit], seed: int = 0
) -> LimitedFront:
    """The front among the subnets that keep all limits.

    Exact, up to a grid, as `front_of_chain` is, as far as the front without limits keeps them. Beyond that the best
    subnets at prices for the limited costs, and those that genetic searches find. What is missed, by the grid as well,
    is bounded. Ctrl-C ends it
    with what there is, or, before there is a front, as everywhere. Raises `LimitError` if no subnet keeps the limits.
    """
    hunt, stopped = _Hunt(space, chain, cost, limits), False
    try:
        for _ in range(_ROUNDS):
            if not hunt.priced():
                break
        for most in hunt.open_costs():
            hunt.searched(most, seed)
    except KeyboardInterrupt:
        stopped = True
    return LimitedFront(hunt.front, hunt.missed(), stopped)


class _Hunt:
    """The front so far, and the offers that it was found in and is judged by."""

    def __init__(self, space: SearchSpace, chain: Chain, cost: LargestSum, limits: Sequence[Limit]) -> None:
        self._space, self._chain, self._cost, self._limits = space, chain, cost, tuple(limits)
        self.front = Starts(space, limits).smallest
        self._offers: list[Offer] = []
        self._tried: Counter[int] = Counter()
        self._ask(np.zeros(len(limits)))
        self._free = self._offers[0]
        self._span = float(np.ptp(chain.value(self._free.genes)))
        # Costs at which the front without limits breaks them, and one that all subnets are within.
        self._checkpoints = cost.of(self._free.genes[~within(limits, self._free.genes)])
        if len(self._checkpoints):
            self._checkpoints = np.append(self._checkpoints, max(map(greatest, cost.sums)))
            self._ask(np.full(len(limits), _DEAR * self._span))

    def missed(self) -> Values:
        """Of each row of the front, see `LimitedFront`."""
        missed = self._bounds(self._cost.of(self.front)).min(axis=0) - self._chain.value(self.front)
        return np.where(missed > _ROUNDING * self._span, missed, 0.0)

    def priced(self) -> bool:
        """Asks at the prices that should help most; False if none are known that would."""
        bounds = self._bounds(self._checkpoints)
        missed = bounds.min(axis=0) - self._best_at(self._checkpoints)
        for i in np.argsort(-missed, kind="stable"):
            nearest = int(bounds[:, i].argmin())
            self._tried[nearest] += 1
            prices = self._offers[nearest].better_prices(float(self._checkpoints[i]), missed[i] / self._tried[nearest])
            if missed[i] > _NEAR * self._span and not any(np.array_equal(prices, o.prices) for o in self._offers):
                self._ask(prices)
                return True
        return False

    def open_costs(self) -> list[float]:
        """Where to search: evenly from the first cost at which the front may not be exact, and without a limit."""
        if not len(self._checkpoints):
            return []
        costs = self._cost.of(self.front)
        first = [*costs[~self._certain()], costs[-1]][0]
        return [*np.unique(np.linspace(first, costs[-1], _SEARCHES - 1)).tolist(), float(self._checkpoints[-1])]

    def searched(self, most: float, seed: int) -> None:
        """Adds what a genetic search within a cost meets."""
        limits = [Limit("cost", "", table, most) for table in self._cost.sums]
        rng = np.random.default_rng(seed)
        try:
            found = evolve(self._space, self._prefer_among, [*limits, *self._limits], rng, _SETTINGS, 1, lambda: False)
        except LimitError:  # so few subnets keep all of these limits that none is found to start with
            return
        self._keep(found.searched)
        if found.stopped_early:
            raise KeyboardInterrupt

    def _prefer_among(self, genes: Genes) -> PreferPairs:
        values = self._chain.value(genes)
        return lambda a, b: (1 + np.sign(values[a] - values[b])) / 2

    def _ask(self, prices: Values) -> None:
        offer = Offer(self._space, self._chain, self._cost, self._limits, prices, _BINS)
        self._offers.append(offer)
        self._keep(offer.genes)

    def _keep(self, genes: Genes) -> None:
        rows = np.concatenate([self.front, genes[within(self._limits, genes)]])
        self.front = rows[pareto_front(self._cost.of(rows), self._chain.value(rows))]

    def _bounds(self, costs: Values) -> Values:
        return np.array([offer.bound(costs) for offer in self._offers])

    def _certain(self) -> NDArray[np.bool_]:
        """Which rows of the front are the best at their cost even without limits, up to the grid."""
        genes = self._free.genes
        # What the grid of a program rounds away may be at hand.
        undominated = genes[pareto_front(self._cost.of(genes), self._chain.value(genes))]
        return _among(self.front, genes[self._free.certain]) & _among(self.front, undominated)

    def _best_at(self, costs: Values) -> Values:
        """The best value found so far at each cost."""
        rank = np.searchsorted(self._cost.of(self.front), costs, side="right") - 1
        values: Values = self._chain.value(self.front)[np.maximum(rank, 0)]
        return values


def _among(rows: Genes, others: Genes) -> NDArray[np.bool_]:
    """Which rows are among the others, (n,)."""
    known = set(keys(others))
    return np.array([key in known for key in keys(rows)], bool)
