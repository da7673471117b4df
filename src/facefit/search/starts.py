"""Where the evolution starts: distinct subnets that keep all limits, evenly of each resolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from facefit.errors import LimitError
from facefit.search.counting import WithinLimit
from facefit.search.limits import Limit, cheapest, check_limits, within
from facefit.space import SearchSpace
from facefit.space.costs import additive_cost
from facefit.space.population import Genes, distinct, sample

# Shares of the room above the cheapest subnet: under several limits the smaller ones keep all of them more often.
_ROOMS = (1.0, 0.5, 0.2, 0.05)
_ROUNDS = 200
_PRICES = (0.0, 0.5, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)


class Starts:
    """Draws subnets that keep all limits; raises `LimitError` at once if none can.

    One limit: as many of each resolution, uniform over its subnets within the limit; drawn from all alike, hardly any
    would be of a resolution that only few can afford, and it would have no chance. Several limits: so within a weighted
    mean of them, those over any limit left out; the weights are those under which the cheapest subnet keeps all limits.
    """

    def __init__(self, space: SearchSpace, limits: Sequence[Limit]) -> None:
        self._space = space
        self._limits = tuple(limits)
        self._samplers: list[WithinLimit] = []
        self.smallest: Genes = np.zeros((0, 1 + space.positions), np.uint8)
        if not limits:
            return
        check_limits(space, limits)
        limits = _needed(space, limits)
        mean = _mean_limit(space, limits)
        self.smallest = cheapest(space, mean.table)
        least = float(additive_cost(self.smallest, mean.table)[0])
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


def _needed(space: SearchSpace, limits: Sequence[Limit]) -> list[Limit]:
    """The limits without those that every subnet keeps which keeps another one of them."""
    needed = list(limits)
    for limit in limits:
        others = [other for other in needed if other is not limit]
        if any(_implied(space, limit, other) for other in others):
            needed = others
    return needed


def _implied(space: SearchSpace, limit: Limit, other: Limit) -> bool:
    """Whether the other limit is seen to rule out that this one is broken.

    With shares s and t of this and the other limit that a subnet uses up, s - 1 <= p (t - 1) for all subnets and some
    p >= 0 is enough (Lagrange); its least margin is the least of another sum.
    """
    for p in _PRICES:
        fixed, blocks = (
            p * theirs / other.maximum - ours / limit.maximum
            for ours, theirs in zip(limit.table, other.table, strict=True)
        )
        margin = additive_cost(cheapest(space, (fixed, blocks)), (fixed, blocks))[0]
        if margin + 1 - p >= 0:
            return True
    return False


def _mean_limit(space: SearchSpace, limits: Sequence[Limit]) -> Limit:
    """A weighted mean of the limits, each taken as a share of its maximum, whose cheapest subnet keeps all of them.

    Weights grow where the cheapest subnet breaks a limit (multiplicative weights). If even the cheapest costs more
    than the mean allows, no subnet keeps all limits.
    """
    logits = np.zeros(len(limits))
    for _ in range(_ROUNDS):
        weights = np.exp(logits - logits.max())
        mean = _weighted(limits, weights / weights.sum())
        genes = cheapest(space, mean.table)
        shares = np.array([limit.cost(genes)[0] / limit.maximum for limit in limits])
        if (shares <= 1).all():
            return mean
        if additive_cost(genes, mean.table)[0] > mean.maximum * (1 + 1e-9):
            break
        logits += 4 * (shares - 1)
    names = " and ".join(f"{limit.name} {limit.told()}" for limit in limits)
    raise LimitError(f"limits are {names}, each possible alone, but no subnet was found within all; loosen one of them")


def _weighted(limits: Sequence[Limit], weights: NDArray[np.float64]) -> Limit:
    shares = [w / limit.maximum for limit, w in zip(limits, weights, strict=True)]
    fixed = sum((s * limit.table[0] for s, limit in zip(shares, limits, strict=True)), start=np.float64(0))
    blocks = sum((s * limit.table[1] for s, limit in zip(shares, limits, strict=True)), start=np.float64(0))
    # A sum may start below 0 (see `LatencyFit`): what all subnets cost more or less changes nothing.
    raised = max(0.0, -float(np.min(fixed)))
    return Limit("combined", "", (np.asarray(fixed) + raised, np.asarray(blocks)), 1.0 + raised)
