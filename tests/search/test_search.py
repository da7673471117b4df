import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import every_subnet, random_table, tiny_space

from facefit.comparator import ByAccuracy, Chain, RidgeSurrogate
from facefit.errors import InputError, LimitError, at_least
from facefit.search import (
    EvolutionSettings,
    Limit,
    WithinLimit,
    best_of_chain,
    fastest_subnet,
    latency_limits,
    mac_limit,
    parameter_limit,
    pareto_front,
    search,
)
from facefit.search.limits import within
from facefit.space import SearchSpace, ofa_mbv3
from facefit.space.costs import LargestSum, additive_cost, additive_table
from facefit.space.population import encode, sample

QUICK = EvolutionSettings(population=40, parents=10, generations=8)


class Profile:
    """Latency by tables; by default in proportion to MACs with a little for every layer."""

    def __init__(self, *tables) -> None:
        self._tables = tables

    def latency(self, space):
        return LargestSum(self._tables or (additive_table(space, lambda layer: layer.macs / 1e7 + 0.05),))


@pytest.fixture
def perfect(truth):
    """A comparator that knows the truth: what is left is the quality of the search."""
    return ByAccuracy(truth)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.0, 1.0))
def test_nothing_searched_exceeds_the_limit_or_comes_twice(space, truth, seed, share):
    table = random_table(space, seed)
    costs = additive_cost(sample(space, 100, np.random.default_rng(0)), table)
    least = fastest_subnet(space, LargestSum((table,)))[1]
    limit_ms = least + share * (costs.max() - least)
    found = search(space, ByAccuracy(truth), Profile(table), limit_ms, seed=seed, settings=QUICK)
    assert (found.searched_ms <= limit_ms).all()
    assert len(np.unique(found.searched, axis=0)) == len(found.searched)
    assert found.predicted_ms == additive_cost(encode(space, [found.subnet]), table)[0] <= limit_ms
    assert len({finalist.subnet for finalist in found.finalists}) == len(found.finalists)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shares=st.tuples(*[st.floats(0.05, 1.0)] * 3))
def test_nothing_searched_exceeds_any_of_several_limits(space, truth, seed, shares):
    tables = [random_table(space, seed), parameter_limit(space, 1).table, mac_limit(space, 1).table]
    some = sample(space, 200, np.random.default_rng(seed))
    limits = []
    for table, share in zip(tables, shares, strict=True):
        least, most = fastest_subnet(space, LargestSum((table,)))[1], additive_cost(some, table).max()
        limits.append(Limit("cost", "", table, least + share * (most - least)))
    # All of them possible: where there is none to find, see test_together.py.
    limits = [replace(limit, maximum=max(limit.maximum, limit.cost(some[:1])[0])) for limit in limits]
    found = search(space, ByAccuracy(truth), Profile(tables[0]), limits[0].maximum, limits=limits[1:], settings=QUICK)
    for limit in limits:
        assert limit.keeps(found.searched).all()


class Additive:
    """A surrogate that is a sum over blocks, whose best subnet is known exactly."""

    rmse = 0.1

    def __init__(self, space, chain) -> None:
        self.space, self.predict_accuracy = space, chain.value


def chain_of(truth, resolution_gains):
    space = truth.space
    gains = np.stack([truth.gains] * len(space.resolutions))
    return Chain(resolution_gains, gains, np.zeros((space.positions - 1, *[1 + len(space.choices)] * 2)))


def twice_the_fastest(space):
    (table,) = Profile().latency(space).sums
    return Limit("latency", "ms", table, 2 * fastest_subnet(space, LargestSum((table,)))[1])


@pytest.mark.parametrize("sums", [1, 2])
def test_a_search_by_a_chain_gives_no_less_than_its_exact_optimum(space, labels, sums):
    """However short it is: the optimum within the latency is there from the start, if it keeps the other limits."""
    surrogate = RidgeSurrogate.fit(space, *labels, np.random.default_rng(0))
    latency = LargestSum(tuple(random_table(space, seed) for seed in range(sums)))
    limit_ms = 2 * fastest_subnet(space, latency)[1]
    brief = EvolutionSettings(population=8, parents=2, generations=1)
    found = search(space, ByAccuracy(surrogate), Profile(*latency.sums), limit_ms, surrogate=surrogate, settings=brief)
    limits = latency_limits(latency, limit_ms)
    best = np.concatenate([best_of_chain(space, surrogate.chain(), limit) for limit in limits])
    exact = best[within(limits, best)]
    assert len(exact) == 1 or sums == 2
    assert (surrogate.predict_accuracy(exact) <= found.predicted_accuracy + 1e-9).all()
    smaller = parameter_limit(space, 0.9 * parameter_limit(space, 1).cost(found.genes[None])[0])
    bounded = search(space, ByAccuracy(surrogate), Profile(*latency.sums), limit_ms, limits=[smaller], settings=brief)
    assert smaller.keeps(bounded.searched).all()


def typical_value(space, chain, limit):
    return np.median(chain.value(WithinLimit(space, limit).sample(500, np.random.default_rng(0))))


def test_reaches_the_exact_optimum_of_an_additive_truth(space, truth):
    chain, limit = chain_of(truth, truth.resolution_gains), twice_the_fastest(space)
    best = chain.value(best_of_chain(space, chain, limit))[0]
    typical = typical_value(space, chain, limit)
    found = search(space, ByAccuracy(Additive(space, chain)), Profile(), limit.maximum, seed=0)
    reached = chain.value(found.genes[None])[0]
    assert reached - typical > 0.93 * (best - typical)
    assert reached <= best + 0.01 * (best - typical)  # the grid of the exact method may miss a hair


@pytest.mark.parametrize("winner", [0, 1, 2])
def test_finds_the_resolution_of_the_best_subnet(space, truth, winner):
    """Each resolution's best subnet is as good as the others', but the winner's is a little better."""
    limit = twice_the_fastest(space)
    alone = np.where(np.eye(len(space.resolutions), dtype=bool), 0.0, -100.0)
    best = [chain_of(truth, only) for only in alone]
    best = np.array([chain.value(best_of_chain(space, chain, limit))[0] for chain in best])
    level = chain_of(truth, -best)
    margin = -0.1 * typical_value(space, level, limit)  # the best are at 0
    chain = chain_of(truth, -best + margin * (np.arange(len(best)) == winner))
    found = search(space, ByAccuracy(Additive(space, chain)), Profile(), limit.maximum, seed=0)
    assert found.genes[0] == winner


def test_finds_the_very_best_of_a_tiny_space():
    space = tiny_space()
    everyone, table = every_subnet(space), random_table(space, 3)
    score = np.random.default_rng(0).random((space.positions, 1 + len(space.choices)))

    class Known:
        rmse = 0.1

        def __init__(self) -> None:
            self.space = space

        def predict_accuracy(self, genes):
            return score[np.arange(space.positions), genes[:, 1:]].sum(axis=1)

    limit_ms = float(np.median(additive_cost(everyone, table)))
    possible = everyone[additive_cost(everyone, table) <= limit_ms]
    found = search(space, ByAccuracy(Known()), Profile(table), limit_ms)
    assert Known().predict_accuracy(found.genes[None])[0] == Known().predict_accuracy(possible).max()
    assert len(found.searched) <= len(possible)


def test_beats_as_many_random_subnets_within_the_limit(space, perfect, truth):
    (table,) = Profile().latency(space).sums
    limit = Limit("latency", "ms", table, 1.3 * fastest_subnet(space, LargestSum((table,)))[1])
    found = search(space, perfect, Profile(), limit.maximum, seed=1)
    random = WithinLimit(space, limit).sample(len(found.searched), np.random.default_rng(1))
    assert truth.predict_accuracy(found.genes[None])[0] > truth.predict_accuracy(random).max() + 0.1


def test_the_learnt_comparator_leads_to_better_subnets_than_chance(space, comparator, truth):
    (table,) = Profile().latency(space).sums
    limit = Limit("latency", "ms", table, 1.5 * fastest_subnet(space, LargestSum((table,)))[1])
    found = search(space, comparator, Profile(), limit.maximum, surrogate=truth)
    random = truth.predict_accuracy(WithinLimit(space, limit).sample(1000, np.random.default_rng(1)))
    assert found.predicted_accuracy > np.quantile(random, 0.98)
    assert found.seconds < 5


def test_the_choice_is_the_best_finalist_and_the_best_searched(space, perfect, truth):
    found = search(space, perfect, Profile(), 3.0, settings=QUICK, surrogate=truth)
    accuracies = [finalist.predicted_accuracy for finalist in found.finalists]
    assert accuracies == sorted(accuracies, reverse=True)
    assert found.predicted_accuracy == found.searched_accuracy.max()
    assert len(found.finalists) == 16
    assert found.accuracy_rmse == truth.rmse
    best_so_far = found.searched_accuracy[found.front]
    assert (np.diff(best_so_far) > 0).all()
    assert best_so_far[-1] == found.predicted_accuracy


def test_same_seed_same_result_another_seed_another_way(space, comparator):
    runs = [search(space, comparator, Profile(), 3.0, seed=seed, settings=QUICK) for seed in (5, 5, 6)]
    assert (runs[0].searched == runs[1].searched).all()
    assert [f.subnet for f in runs[0].finalists] == [f.subnet for f in runs[1].finalists]
    assert not np.array_equal(runs[0].searched, runs[2].searched)


def test_an_impossible_limit_ends_at_once_and_names_the_fastest(space, comparator):
    subnet, least_ms = fastest_subnet(space, Profile().latency(space))
    started = time.perf_counter()
    with pytest.raises(LimitError, match=f"{at_least(least_ms)} ms") as caught:
        search(space, comparator, Profile(), 0.99 * least_ms)
    assert time.perf_counter() - started < 1
    assert str(subnet) in str(caught.value)
    exactly = search(space, comparator, Profile(), least_ms, settings=QUICK)
    assert exactly.subnet == subnet


def test_limits_that_only_contradict_each_other_are_refused():
    space = tiny_space(depths=(1,), resolutions=(32,))
    fixed, blocks = np.ones(1), np.zeros((1, space.positions, 1 + len(space.choices)))
    rising, falling = blocks.copy(), blocks.copy()
    rising[:, :, 1:], falling[:, :, 1:] = [1, 2, 3, 4], [4, 3, 2, 1]
    limits = [Limit(name, "ms", (fixed, table), 4.0) for name, table in (("here", rising), ("there", falling))]
    with pytest.raises(LimitError, match="no subnet was found within all of them; the nearest takes here "):
        search(space, ByAccuracy(_Blind(space)), Profile(), limits=limits)


class _Blind:
    """Takes all subnets for equal."""

    rmse = 0.1

    def __init__(self, space: SearchSpace) -> None:
        self.space = space

    def predict_accuracy(self, genes):
        return np.zeros(len(genes))


def test_a_blind_comparator_still_gives_a_subnet_within_the_limit(space):
    found = search(space, ByAccuracy(_Blind(space)), Profile(), 3.0, settings=QUICK)
    assert found.predicted_ms <= 3.0


def test_without_a_limit_large_subnets_win(space, perfect):
    found = search(space, perfect, Profile(), seed=0)
    assert found.limit_ms is None
    assert sum(found.subnet.depths) >= 18


def test_stops_when_asked_with_the_best_so_far(space, perfect, truth):
    asked = iter([False, False, True])
    found = search(space, perfect, Profile(), 3.0, should_stop=lambda: next(asked), surrogate=truth)
    assert (found.stopped_early, found.generations) == (True, 2)
    assert found.predicted_accuracy == found.searched_accuracy.max()


def test_ctrl_c_gives_the_best_so_far(space, truth):
    class Interrupted(ByAccuracy):
        calls = 0

        def among(self, genes):
            self.calls += 1
            if self.calls == 5:
                raise KeyboardInterrupt
            return super().among(genes)

    found = search(space, Interrupted(truth), Profile(), 3.0, surrogate=truth)
    assert found.stopped_early
    assert found.predicted_ms <= 3.0
    assert found.predicted_accuracy > np.median(found.searched_accuracy)


def test_ctrl_c_while_the_last_are_ranked_loses_nothing(space, truth):
    """Whichever comparison it comes at, to the very last."""

    class Interrupted(ByAccuracy):
        calls, at = 0, -1

        def among(self, genes):
            self.calls += 1
            if self.calls == self.at:
                raise KeyboardInterrupt
            return super().among(genes)

    def found(at):
        preference = Interrupted(truth)
        preference.calls, preference.at = 0, at
        few = EvolutionSettings(population=20, parents=5, generations=2)
        return search(space, preference, Profile(), 3.0, surrogate=truth, settings=few), preference.calls

    whole, calls = found(-1)
    assert not whole.stopped_early
    for at in range(1, calls + 1):
        stopped, _ = found(at)
        assert stopped.stopped_early and stopped.predicted_ms <= 3.0


def test_models_of_another_space_and_senseless_settings_are_refused(space, perfect):
    with pytest.raises(InputError, match="fit one for it"):
        search(ofa_mbv3(), perfect, Profile(), 3.0)
    with pytest.raises(InputError, match="finalists"):
        search(space, perfect, Profile(), 3.0, finalists=0)
    with pytest.raises(InputError, match="fewer parents"):
        EvolutionSettings(population=10, parents=10)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30))
def test_the_front_is_what_nothing_beats(points):
    cost, value = np.array(points, float).T
    front = pareto_front(cost, value)
    beaten = [
        any((c <= cost[i] and v > value[i]) or (c < cost[i] and v >= value[i]) for c, v in points)
        for i in range(len(points))
    ]
    kept = {points[i] for i in front}
    assert kept == {point for point, is_beaten in zip(points, beaten, strict=True) if not is_beaten}
    assert len(kept) == len(front)
    assert cost[front].tolist() == sorted(cost[front])


def test_a_search_by_predicted_accuracy_predicts_each_subnet_once(space, truth, counted):
    found = search(space, ByAccuracy(counted), Profile(), 20.0, surrogate=counted, settings=QUICK)
    assert counted.asked == len(found.searched)
    np.testing.assert_allclose(found.searched_accuracy, truth.predict_accuracy(found.searched))
