"""Several limits at once: a mean of them to draw within, a subnet that keeps all, or the refusal where there is none.

A weighted mean of limits can rule out that any subnet keeps all, but the cheapest subnet by a mean may break one of
them though others keep all: prices alone cannot tell all subnets apart (duality gap). Dynamic programming
finds those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from facefit.comparator import Chain
from facefit.errors import LimitError, at_least
from facefit.search.exact import best_of_chain, front_of_chain
from facefit.search.limits import Limit, cheapest, within
from facefit.space import SearchSpace
from facefit.space.costs import LargestSum, additive_cost
from facefit.space.population import Genes, decode

_ROUNDS, _DYNAMIC_ROUNDS = 200, 8
_PRICES = (0.0, 0.5, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)


def needed(space: SearchSpace, limits: Sequence[Limit]) -> list[Limit]:
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


def reconciled(space: SearchSpace, limits: Sequence[Limit]) -> tuple[Limit, Genes]:
    """A weighted mean of the limits, which all subnets keep that keep them, and a subnet that does, (1, 1 + positions).

    Raises `LimitError` if none was found: under two limits there is none then that leaves a step of the grid of
    `best_of_chain` free for each position in either of them; under more there may rarely be one.
    """
    mean, nearest = _mean_limit(space, limits)
    if within(limits, nearest).all():
        return mean, nearest
    for found in _near(space, limits):
        nearest = _nearest(limits, np.concatenate([found, nearest]))
        if within(limits, nearest).all():
            return mean, nearest
    raise LimitError(_refusal(space, limits, nearest))


def _mean_limit(space: SearchSpace, limits: Sequence[Limit]) -> tuple[Limit, Genes]:
    """A weighted mean of the limits, each taken as a share of its maximum, and its cheapest subnet.

    Weights grow where the cheapest subnet breaks a limit (multiplicative weights), until it keeps all of them, or costs
    more than the mean allows: then no subnet keeps all.
    """
    logits = np.zeros(len(limits))
    for _ in range(_ROUNDS):
        weights = np.exp(logits - logits.max())
        mean = _weighted(limits, weights / weights.sum())
        genes = cheapest(space, mean.table)
        shares = _shares(limits, genes)[:, 0]
        if (shares <= 1).all() or additive_cost(genes, mean.table)[0] > mean.maximum * (1 + 1e-9):
            break
        logits += 4 * (shares - 1)
    return mean, genes


def _weighted(limits: Sequence[Limit], weights: NDArray[np.float64]) -> Limit:
    shares = [w / limit.maximum for limit, w in zip(limits, weights, strict=True)]
    fixed = sum((s * limit.table[0] for s, limit in zip(shares, limits, strict=True)), start=np.float64(0))
    blocks = sum((s * limit.table[1] for s, limit in zip(shares, limits, strict=True)), start=np.float64(0))
    # A sum may start below 0 (see `LatencyFit`): what all subnets cost more or less changes nothing.
    raised = max(0.0, -float(np.min(fixed)))
    return Limit("combined", "", (np.asarray(fixed) + raised, np.asarray(blocks)), 1.0 + raised)


def _near(space: SearchSpace, limits: Sequence[Limit]) -> Iterator[Genes]:
    """The cheapest subnets by each limit, and those within it, and at each cost, that take least of the others, or of a
    weighted mean of the others."""
    yield from (cheapest(space, limit.table) for limit in limits)
    for limit in limits if len(limits) > 1 else ():
        others = [other for other in limits if other is not limit]
        # Which subnets keep all is asked of their exact costs: here rounding must not leave out the cheapest.
        within_limit, logits = replace(limit, maximum=limit.maximum * (1 + 1e-9)), np.zeros(len(others))
        for _ in range(_DYNAMIC_ROUNDS if len(others) > 1 else 1):
            weights = np.exp(logits - logits.max())
            saved = _saved(space, _weighted(others, weights / weights.sum()))
            best = best_of_chain(space, saved, within_limit)
            yield best
            logits += 4 * (_shares(others, best)[:, 0] - 1)
        yield front_of_chain(space, saved, LargestSum((limit.table,)))


def _saved(space: SearchSpace, limit: Limit) -> Chain:
    """What is saved of a limited cost, as a value."""
    states = 1 + len(space.choices)
    return Chain(-limit.table[0], -limit.table[1], np.zeros((space.positions - 1, states, states)))


def _shares(limits: Sequence[Limit], genes: Genes) -> NDArray[np.float64]:
    """How much of each limit rows use up, (limits, n)."""
    return np.array([limit.cost(genes) / limit.maximum for limit in limits])


def _nearest(limits: Sequence[Limit], genes: Genes) -> Genes:
    """The row whose greatest share of a limit is least."""
    best = int(_shares(limits, genes).max(axis=0).argmin())
    return genes[best : best + 1]


def _refusal(space: SearchSpace, limits: Sequence[Limit], nearest: Genes) -> str:
    taken = dict[str, tuple[Limit, float]]()  # sums that are limited as one, such as those of a latency, count as one
    for limit in limits:
        name, cost = f"{limit.name} {limit.told()}", float(limit.cost(nearest)[0])
        taken[name] = limit, max(cost, taken.get(name, (limit, cost))[1])
    takes = [f"{limit.name} {at_least(cost, limit.unit_size)} {limit.unit}".strip() for limit, cost in taken.values()]
    names, (subnet,) = " and ".join(taken), decode(space, nearest)
    limited, all_of_them = ("limits are", "all of them") if len(taken) > 1 else ("limit is", "it")
    return (
        f"{limited} {names}, but no subnet was found within {all_of_them}; the nearest takes {' and '.join(takes)} "
        f"({subnet}); allow 1 % more than that"
    )
