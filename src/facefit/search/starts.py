"""Where the evolution starts: distinct subnets that keep all limits, evenly of each resolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from facefit.search.counting import WithinLimit
from facefit.search.limits import Limit, cheapest, check_limits, within
from facefit.search.together import needed, reconciled
from facefit.space import SearchSpace
from facefit.space.population import Genes, distinct, sample

# Shares of the room above the cheapest subnet: under several limits the smaller ones keep all of them more often.
_ROOMS = (1.0, 0.5, 0.2, 0.05)


class Starts:
    """Draws subnets that keep all limits; raises `LimitError` at once if none can (see `reconciled`).

    One limit: as many of each resolution, uniform over its subnets within the limit; drawn from all alike, hardly any
    would be of a resolution that only few can afford, and it would have no chance. Several limits: so within a weighted
    mean of them, those over any limit left out; the weights are those under which the cheapest subnet keeps all limits,
    if there are such.
    """

    def __init__(self, space: SearchSpace, limits: Sequence[Limit]) -> None:
        self._space = space
        self._limits = tuple(limits)
        self._samplers: list[WithinLimit] = []
        self.smallest: Genes = np.zeros((0, 1 + space.positions), np.uint8)
        if not limits:
            return
        check_limits(space, limits)
        limits = needed(space, limits)
        mean, self.smallest = reconciled(space, limits)
        least = float(mean.cost(cheapest(space, mean.table))[0])
        rooms = _ROOMS if len(limits) > 1 else _ROOMS[:1]
        self._samplers = [
            WithinLimit(space, Limit(mean.name, mean.unit, mean.table, least + room * (mean.maximum - least)))
            for room in rooms
        ]

    def draw(self, n: int, rng: np.random.Generator) -> Genes:
        """At most n distinct subnets within all limits, (m, 1 + positions), the smallest one always among them."""
        found = self.smallest
        for batch in self._batches(n, rng):
            kept = np.concatenate([found, batch[within(self._limits, batch)]])
            found = kept[distinct(kept)]
            if len(found) >= n:
                break
        return found[:n]

    def _batches(self, n: int, rng: np.random.Generator) -> Iterator[Genes]:
        if not self._limits:
            yield from (sample(self._space, n, rng) for _ in range(4))
        for sampler in self._samplers:
            yield from (sampler.sample_each_resolution(2 * n, rng) for _ in range(2))
