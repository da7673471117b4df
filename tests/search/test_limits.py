import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import every_subnet, random_table, tiny_space

from facefit.errors import InputError, LimitError, at_least
from facefit.search import Limit, fastest_subnet, latency_limits, mac_limit, parameter_limit, size_limit
from facefit.search.limits import check_limits, within
from facefit.search.starts import Starts
from facefit.space import ofa_mbv3
from facefit.space.costs import LargestSum, additive_cost
from facefit.space.population import encode, sample


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), depths=st.sampled_from([(1, 2), (2,), (1, 3), (2, 3)]))
def test_the_fastest_subnet_is_the_fastest_of_all(seed, depths):
    space = tiny_space(depths)
    table = random_table(space, seed)
    subnet, latency_ms = fastest_subnet(space, LargestSum((table,)))
    assert latency_ms == pytest.approx(additive_cost(every_subnet(space), table).min(), rel=1e-12)
    assert additive_cost(encode(space, [subnet]), table)[0] == latency_ms


def test_an_impossible_limit_names_the_fastest_subnet_and_its_cost(space):
    table = random_table(space, 0)
    subnet, least_ms = fastest_subnet(space, LargestSum((table,)))
    with pytest.raises(LimitError) as caught:
        check_limits(space, [Limit("latency", "ms", table, least_ms * 0.9)])
    assert str(subnet) in str(caught.value)
    assert f"{at_least(least_ms)} ms" in str(caught.value)
    check_limits(space, [Limit("latency", "ms", table, least_ms)])


@pytest.mark.parametrize("limit", [parameter_limit, mac_limit, size_limit])
@pytest.mark.parametrize("space", [tiny_space(), ofa_mbv3()], ids=["tiny", "whole"])
def test_what_a_refused_limit_says_to_allow_is_enough(space, limit):
    with pytest.raises(LimitError) as caught:
        check_limits(space, [limit(space, 1.0)])
    told = re.search(r"takes ([0-9.]+) ?(MB)? \(", str(caught.value))
    assert told and bool(told[2]) == (limit is size_limit)
    allowed = float(told[1]) * (1e6 if told[2] else 1)
    check_limits(space, [limit(space, allowed)])
    with pytest.raises(LimitError):
        check_limits(space, [limit(space, allowed * (1 - 2e-5))])


@given(amount=st.floats(1e-6, 1e12), unit=st.sampled_from([1.0, 1e6, 1e9]))
def test_at_least_is_never_too_little_and_hardly_more(amount, unit):
    told = at_least(amount, unit)
    assert amount <= float(told) * unit <= amount * (1 + 2e-5)
    assert len(told.replace(".", "").strip("0")) <= 6


def test_parameters_and_macs_as_limits(space):
    genes = encode(space, [space.smallest, space.largest])
    parameters = [sum(layer.parameters for layer in space.layers(s)) for s in (space.smallest, space.largest)]
    assert parameter_limit(space, 4e6).cost(genes).tolist() == parameters
    assert within([parameter_limit(space, 4e6), mac_limit(space, 1e9)], genes).tolist() == [True, False]
    assert within([], genes).tolist() == [True, True]


def test_tables_and_limits_that_mean_nothing_are_refused(space):
    fixed, blocks = random_table(space, 1)
    for maximum in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="more than 0"):
            Limit("latency", "ms", (fixed, blocks), maximum)
    for wrong in (np.nan, -0.1):
        broken = blocks.copy()
        broken[0, 3, 2] = wrong
        with pytest.raises(InputError, match="profile again"):
            Limit("latency", "ms", (fixed, broken), 1.0)


def test_genes_over_the_limit_are_told_apart(space):
    table = random_table(space, 2)
    genes = sample(space, 500, np.random.default_rng(0))
    limit = Limit("latency", "ms", table, float(np.median(additive_cost(genes, table))))
    assert limit.keeps(genes).tolist() == [cost <= limit.maximum for cost in additive_cost(genes, table)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), offset=st.floats(-2.0, 2.0))
def test_the_largest_of_two_sums_is_within_a_limit_where_both_are(seed, offset):
    space = tiny_space()
    (fixed, blocks), other = random_table(space, seed), random_table(space, seed + 1)
    one = fixed + offset, blocks
    cost, everyone = LargestSum((one, other)), every_subnet(space)
    costs = cost.of(everyone)
    assert np.array_equal(costs, np.maximum(additive_cost(everyone, one), additive_cost(everyone, other)))
    maximum = float(np.median(costs))
    if maximum > 0:
        limits = latency_limits(cost, maximum)
        assert np.array_equal(within(limits, everyone), costs <= maximum)
        drawn = Starts(space, limits).draw(50, np.random.default_rng(0))
        assert len(drawn) and (cost.of(drawn) <= maximum).all()


def test_a_limit_that_another_implies_costs_nothing(space):
    """Uniform draws within one limit stay uniform beside a limit that no subnet within it breaks."""
    table = random_table(space, 3)
    tight = Limit("latency", "ms", table, 1.5 * fastest_subnet(space, LargestSum((table,)))[1])
    loose = Limit("latency", "ms", (table[0], 2 * table[1]), 2 * tight.maximum)
    alone, both = (Starts(space, limits).draw(64, np.random.default_rng(0)) for limits in ([tight], [loose, tight]))
    assert np.array_equal(alone, both)
