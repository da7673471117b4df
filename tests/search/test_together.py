"""Several limits at once, judged by looking at every subnet of a tiny space."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import every_subnet, random_table, tiny_space

from facefit.errors import LimitError
from facefit.search import Limit, fastest_subnet, latency_limits, together
from facefit.search.limits import check_limits, within
from facefit.search.starts import Starts
from facefit.space.costs import LargestSum, additive_cost
from facefit.space.population import decode

SPACE = tiny_space()
EVERYONE = every_subnet(SPACE)
GRID = 1 - SPACE.positions / 4096
"""Of two limits only what needs more of both than this part may be refused: costs are rounded up to a grid."""


def random_limits(seed: int, n: int) -> list[Limit]:
    """Tight ones, possible alone, of unrelated costs."""
    rng = np.random.default_rng([seed, n])
    tables = [random_table(SPACE, 10 * seed + i) for i in range(n)]
    maxima = [float(np.quantile(additive_cost(EVERYONE, table), rng.uniform(0, 0.4))) for table in tables]
    return [Limit(f"cost {i}", "", *one) for i, one in enumerate(zip(tables, maxima, strict=True))]


def greatest_shares(limits: Sequence[Limit]) -> np.ndarray:
    return np.max([limit.cost(EVERYONE) / limit.maximum for limit in limits], axis=0)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_two_limits_are_refused_only_where_no_subnet_keeps_both(seed):
    limits = random_limits(seed, 2)
    try:
        smallest = Starts(SPACE, limits).smallest
    except LimitError as error:
        least = greatest_shares(limits)
        assert (least > GRID).all()
        if (least <= 1).any():
            return  # the grid's
        told = re.search(
            r"the nearest takes cost 0 ([0-9.]+) and cost 1 ([0-9.]+) \((.*)\); allow 1 % more", str(error)
        )
        assert told
        nearest = [str(subnet) for subnet in decode(SPACE, EVERYONE)].index(told[3])
        assert least[nearest] <= least.min() / GRID
        for limit, amount in zip(limits, told.groups(), strict=False):
            cost = limit.cost(EVERYONE)[nearest]
            assert cost <= float(amount) <= cost * (1 + 2e-5)
        enough = [
            replace(limit, maximum=max(limit.maximum, 1.01 * float(amount)))
            for limit, amount in zip(limits, told.groups(), strict=False)
        ]
        assert within(enough, Starts(SPACE, enough).smallest).all()
        return
    assert len(smallest) == 1 and within(limits, smallest).all()


def test_subnets_that_no_prices_tell_apart_are_found(monkeypatch):
    """Of many combinations the cheapest subnet by each weighted mean breaks a limit though another keeps all."""
    possible = [
        limits
        for n in (2, 3)
        for limits in (random_limits(seed, n) for seed in range(250))
        if within(limits, EVERYONE).any()
    ]
    for limits in possible:
        starts = Starts(SPACE, limits)
        drawn = starts.draw(20, np.random.default_rng(0))
        assert within(limits, drawn).all() and np.array_equal(drawn[:1], starts.smallest)
    monkeypatch.setattr(together, "_near", lambda *_: ())
    refused = 0
    for limits in possible:
        try:
            Starts(SPACE, limits)
        except LimitError:
            refused += 1
    assert refused >= 3


def test_two_sums_of_a_latency_are_told_as_one_limit():
    fixed, blocks = np.ones(1), np.zeros((1, 4, 5))
    rising, falling = blocks.copy(), blocks.copy()
    rising[:, :, 1:], falling[:, :, 1:] = [1, 2, 3, 4], [4, 3, 2, 1]
    space, latency = tiny_space(depths=(1, 2), resolutions=(32,)), LargestSum(((fixed, rising), (fixed, falling)))
    limits = latency_limits(latency, 4.0)
    check_limits(space, limits)
    with pytest.raises(LimitError) as caught:
        Starts(space, limits)
    told = str(caught.value)
    assert told.startswith("limit is latency 4 ms, but no subnet was found within it; the nearest takes latency 6 ms (")
    assert told.count("latency") == 2
    assert len(Starts(space, latency_limits(latency, 6.0)).smallest) == 1


def test_a_limit_that_only_the_fastest_subnet_keeps_is_kept_by_it():
    for seed in range(200):
        table = random_table(SPACE, seed)
        least = fastest_subnet(SPACE, LargestSum((table,)))[1]
        limit = Limit("latency", "ms", table, least)
        assert limit.keeps(Starts(SPACE, [limit]).smallest).all()
