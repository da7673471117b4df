from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import every_subnet, random_chain, random_table, tiny_space

from facefit.comparator import RidgeSurrogate
from facefit.errors import LimitError
from facefit.search import Limit, WithinLimit, best_of_chain, fastest_subnet, front_of_chain, pareto_front
from facefit.space.costs import LargestSum, additive_cost
from facefit.space.population import count, decode, encode, sample


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0.0, 1.2),
    depths=st.sampled_from([(1, 2), (2,), (1, 3)]),
)
def test_counts_what_looking_at_all_of_them_counts(seed, share, depths):
    space = tiny_space(depths)
    table = random_table(space, seed)
    costs = additive_cost(every_subnet(space), table)
    maximum = costs.min() + share * np.ptp(costs)
    within = WithinLimit(space, Limit("latency", "ms", table, maximum), bins=100_000)
    # Rounding up may only miss what lies within a hair of the limit.
    hair = space.positions * maximum / 100_000
    assert (costs <= maximum - hair).sum() <= within.count <= (costs <= maximum).sum()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.0, 1.0), bins=st.integers(50, 4096))
def test_never_draws_over_the_limit_and_always_from_the_space(space, seed, share, bins):
    table = random_table(space, seed)
    least = fastest_subnet(space, LargestSum((table,)))[1]
    most = additive_cost(sample(space, 100, np.random.default_rng(0)), table)
    maximum = least + share * (most.max() - least)
    genes = WithinLimit(space, Limit("latency", "ms", table, maximum), bins).sample(100, np.random.default_rng(seed))
    assert (additive_cost(genes, table) <= maximum).all()
    assert (encode(space, decode(space, genes)) == genes).all()


def test_draws_every_subnet_equally_often():
    space = tiny_space()
    table = random_table(space, 5)
    everyone = every_subnet(space)
    limit = Limit("latency", "ms", table, float(np.quantile(additive_cost(everyone, table), 0.3)) + 1e-3)
    n = 100 * int(limit.keeps(everyone).sum())
    drawn = WithinLimit(space, limit, bins=50_000).sample(n, np.random.default_rng(0))
    times = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(times) == limit.keeps(everyone).sum()
    chi_squared = ((times - 100) ** 2 / 100).sum()
    assert chi_squared < len(times) + 5 * np.sqrt(2 * len(times))


def test_odds_of_blocks_make_every_depth_and_every_choice_alike():
    space = tiny_space()
    table = random_table(space, 5)
    everyone, odds = every_subnet(space), 1 / len(space.choices)
    limit = Limit("latency", "ms", table, float(np.quantile(additive_cost(everyone, table), 0.3)) + 1e-3)
    within = WithinLimit(space, limit, bins=50_000, block_odds=odds)
    kept = everyone[limit.keeps(everyone)]
    each = odds ** (kept[:, 1:] > 0).sum(axis=1)
    assert within.count == pytest.approx(each.sum())
    n = 100 * len(kept)
    counts = Counter(row.tobytes() for row in within.sample(n, np.random.default_rng(0)))
    times, expected = np.array([counts[row.tobytes()] for row in kept]), n * each / each.sum()
    assert times.sum() == n
    assert ((times - expected) ** 2 / expected).sum() < len(kept) + 5 * np.sqrt(2 * len(kept))


def test_groups_drawn_anew_leave_every_subnet_as_likely():
    space = tiny_space()
    table = random_table(space, 5)
    everyone = every_subnet(space)
    limit = Limit("latency", "ms", table, float(np.quantile(additive_cost(everyone, table), 0.3)) + 1e-3)
    within, n = WithinLimit(space, limit, bins=50_000), 100 * int(limit.keeps(everyone).sum())
    rng = np.random.default_rng(0)
    drawn = within.sample(n, rng)
    given, first = drawn.copy(), 1 + space.max_depth
    redrawn = within.redraw(drawn, 1, rng)
    assert np.array_equal(drawn, given) and np.array_equal(redrawn[:, :first], given[:, :first])
    assert 0.2 < (redrawn[:, first:] != given[:, first:]).any(axis=1).mean() < 1
    assert limit.keeps(redrawn).all()
    times = np.unique(redrawn, axis=0, return_counts=True)[1]
    assert len(times) == limit.keeps(everyone).sum()
    assert ((times - 100) ** 2 / 100).sum() < len(times) + 5 * np.sqrt(2 * len(times))


def test_without_need_of_a_limit_all_subnets_are_counted(space):
    limit = Limit("latency", "ms", random_table(space, 6), np.inf)
    assert WithinLimit(space, limit).count == pytest.approx(count(space), rel=1e-12)


def test_a_tight_limit_still_gives_many_at_once(space):
    table = random_table(space, 7)
    least_ms = fastest_subnet(space, LargestSum((table,)))[1]
    limit = Limit("latency", "ms", table, least_ms * 1.5)
    at_random = sample(space, 20_000, np.random.default_rng(0))
    assert limit.keeps(at_random).sum() == 0
    assert len(np.unique(WithinLimit(space, limit).sample(500, np.random.default_rng(0)), axis=0)) > 400


def test_nothing_fits_gives_nothing(space):
    limit = Limit("latency", "ms", random_table(space, 8), 1e-6)
    within = WithinLimit(space, limit)
    assert within.count == 0
    assert len(within.sample(5, np.random.default_rng(0))) == 0
    with pytest.raises(LimitError):
        best_of_chain(space, random_chain(space, np.random.default_rng(0)), limit)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0.0, 1.2),
    depths=st.sampled_from([(1, 2), (2,), (1, 3)]),
)
def test_the_exact_optimum_is_the_best_of_all(seed, share, depths):
    space = tiny_space(depths)
    table, chain, everyone = (
        random_table(space, seed),
        random_chain(space, np.random.default_rng(seed)),
        every_subnet(space),
    )
    costs = additive_cost(everyone, table)
    maximum = costs.min() + share * np.ptp(costs)
    best = best_of_chain(space, chain, Limit("latency", "ms", table, maximum), bins=20_000)
    assert additive_cost(best, table)[0] <= maximum
    hair = space.positions * maximum / 20_000
    certain, possible = costs <= maximum - hair, costs <= maximum
    assert chain.value(best)[0] <= chain.value(everyone[possible]).max() + 1e-9
    if certain.any():
        assert chain.value(best)[0] >= chain.value(everyone[certain]).max() - 1e-9


def test_the_ridge_surrogate_is_such_a_chain(space, labels):
    surrogate = RidgeSurrogate.fit(space, *labels, np.random.default_rng(0))
    genes = sample(space, 200, np.random.default_rng(1))
    np.testing.assert_allclose(surrogate.chain().value(genes), surrogate.predict_accuracy(genes), atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), depths=st.sampled_from([(1, 2), (2,), (1, 3)]))
def test_the_exact_front_is_the_front_of_all(seed, depths):
    space = tiny_space(depths)
    table, chain, everyone = (
        random_table(space, seed),
        random_chain(space, np.random.default_rng(seed)),
        every_subnet(space),
    )
    front = front_of_chain(space, chain, LargestSum((table,)), bins=20_000)
    costs, values = additive_cost(front, table), chain.value(front)
    assert (np.diff(costs) > 0).all() and (np.diff(values) > 0).all()
    all_costs, all_values = additive_cost(everyone, table), chain.value(everyone)
    # What the grid rounds away costs less than a hair: every point of the true front is met or all but met.
    hair = space.positions * all_costs.max() / 10_000
    for i in pareto_front(all_costs, all_values):
        assert values[costs <= all_costs[i] + hair].max() >= all_values[i] - 1e-9
