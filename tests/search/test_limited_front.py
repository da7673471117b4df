from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import every_subnet, random_chain, random_table, tiny_space

from facefit.comparator import ByAccuracy, RidgeSurrogate
from facefit.errors import LimitError
from facefit.search import (
    EvolutionSettings,
    Limit,
    front_of_chain,
    front_within,
    latency_limits,
    limited_front,
    mac_limit,
    parameter_limit,
    search,
)
from facefit.search.limits import within
from facefit.space.costs import LargestSum, additive_cost, additive_table


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shares=st.lists(st.floats(0.05, 0.9), min_size=1, max_size=2))
def test_all_keep_the_limits_and_nothing_better_is_further_off_than_said(seed, shares):
    space, rng = tiny_space(), np.random.default_rng(seed)
    chain, everyone = random_chain(space, rng), every_subnet(space)
    cost = LargestSum((random_table(space, seed), random_table(space, seed + 1)))
    limits = []
    for i, share in enumerate(shares):
        table = random_table(space, seed + 2 + i)
        limits.append(Limit("room", "", table, float(np.quantile(additive_cost(everyone, table), share))))
    try:
        front = front_within(space, chain, cost, limits)
    except LimitError:
        # Only the grid, which rounds each position's cost up, may leave out the last subnets that there are.
        roomy = [replace(limit, maximum=(1 - space.positions / 4096) * limit.maximum) for limit in limits]
        assert not within(roomy, everyone).any()
        return
    costs, values = cost.of(front.genes), chain.value(front.genes)
    assert within(limits, front.genes).all() and (np.diff(costs) > 0).all() and (np.diff(values) > 0).all()
    possible = everyone[within(limits, everyone)]
    all_costs, all_values = cost.of(possible), chain.value(possible)
    for at, value, missed in zip(costs, values, front.missed, strict=True):
        assert all_values[all_costs <= at].max(initial=-np.inf) <= value + missed + 1e-6
        assert value <= all_values[all_costs <= at].max() + 1e-9
    assert all_values.max() <= values[-1] + front.missed[-1] + 1e-9


@pytest.mark.parametrize("seed", [71, 187, 205, 217])
def test_the_best_of_one_resolution_is_not_the_best_there_is_where_another_beats_it(seed, monkeypatch):
    # In so small a space the searches would meet everything.
    monkeypatch.setattr(limited_front, "_SETTINGS", EvolutionSettings(4, 2, 1))
    space, rng = tiny_space(resolutions=(32, 48)), np.random.default_rng(seed)
    chain, everyone = random_chain(space, rng), every_subnet(space)
    table, room = random_table(space, seed), random_table(space, seed + 2)
    limit = Limit("room", "", room, float(np.quantile(additive_cost(everyone, room), 0.3)))
    front = front_within(space, chain, LargestSum((table,)), [limit])
    costs, values = additive_cost(front.genes, table), chain.value(front.genes)
    all_costs, all_values = additive_cost(everyone, table), chain.value(everyone)
    assert 0 < (front.missed == 0).sum() < len(values)
    for at, value, missed in zip(costs, values, front.missed, strict=True):
        within_limit = all_values[(all_costs <= at) & limit.keeps(everyone)]
        assert within_limit.max(initial=-np.inf) <= value + missed + 1e-6


def test_limits_that_all_keep_change_nothing(space, labels):
    chain = RidgeSurrogate.fit(space, *labels, np.random.default_rng(0)).chain()
    cost = LargestSum((random_table(space, 3),))
    exact = front_of_chain(space, chain, cost)
    for limits in ([], [parameter_limit(space, 1e9), mac_limit(space, 1e12)]):
        front = front_within(space, chain, cost, limits)
        # Nothing is missed but what the grid rounds away.
        assert np.array_equal(front.genes, exact) and np.median(front.missed) < 0.01 * np.ptp(chain.value(exact))
    with pytest.raises(LimitError):
        front_within(space, chain, cost, [parameter_limit(space, 1)])


def test_it_is_as_good_as_a_search_at_each_latency(space, labels):
    class Table:
        def latency(self, _):
            return cost

    surrogate = RidgeSurrogate.fit(space, *labels, np.random.default_rng(0))
    fixed, blocks = additive_table(space, lambda layer: 1e-7 * layer.macs)
    cost = LargestSum(((fixed, blocks * np.random.default_rng(1).uniform(0.5, 2, blocks.shape)),))
    exact = front_of_chain(space, surrogate.chain(), cost)
    limits = [parameter_limit(space, 4.5e6), mac_limit(space, 25e6)]
    assert 0 < within(limits, exact).sum() < len(exact)
    front = front_within(space, surrogate.chain(), cost, limits)
    assert np.array_equal(front.genes, front_within(space, surrogate.chain(), cost, limits).genes)
    costs, values = cost.of(front.genes), surrogate.predict_accuracy(front.genes)
    assert (front.missed == 0).any() and front.missed.max() < 0.1 * np.ptp(values)
    for at in np.quantile(costs, [0.2, 0.5, 0.8, 1.0]):
        found = search(space, ByAccuracy(surrogate), Table(), float(at), limits=limits, surrogate=surrogate)
        assert within([*latency_limits(cost, float(at)), *limits], front.genes[costs <= at]).all()
        assert values[costs <= at].max() >= found.predicted_accuracy - 0.02 * np.ptp(values)


def test_ctrl_c_ends_it_with_what_there_is(space, labels, monkeypatch):
    chain = RidgeSurrogate.fit(space, *labels, np.random.default_rng(0)).chain()
    cost, limits = LargestSum((random_table(space, 3),)), [parameter_limit(space, 4e6)]
    whole = front_within(space, chain, cost, limits)

    def lose_patience(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(limited_front, "evolve", lose_patience)
    early = front_within(space, chain, cost, limits)
    assert early.stopped_early and not whole.stopped_early
    assert within(limits, early.genes).all() and len(early.genes) > 1
    costs, values = cost.of(early.genes), chain.value(early.genes)
    # What it says may be missed is enough for the front that took its time: of what costs at most as much as a row.
    compared = 0
    for at, value in zip(cost.of(whole.genes), chain.value(whole.genes), strict=True):
        dearer = np.flatnonzero(costs >= at)
        if len(dearer):
            assert value <= values[dearer[0]] + early.missed[dearer[0]] + 1e-6
            compared += 1
    assert compared > len(whole.genes) / 2
    assert values.max() + early.missed[-1] >= chain.value(whole.genes).max() - 1e-6
