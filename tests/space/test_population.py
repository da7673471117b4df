import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.errors import InputError
from facefit.space import SearchSpace, Subnet
from facefit.space.costs import additive_cost, additive_table
from facefit.space.population import cross_over, decode, depths, encode, mutate, sample

seeds = st.integers(0, 2**32 - 1)


def assert_canonical(space: SearchSpace, genes: np.ndarray) -> None:
    """In the space, active blocks first, and skipped blocks without genes: decoding and encoding changes nothing."""
    subnets = decode(space, genes)
    for subnet in subnets:
        space.check(subnet)
    again = encode(space, subnets)
    assert again.dtype == genes.dtype == np.uint8
    assert np.array_equal(again, genes)
    active = genes[:, 1:].reshape(len(genes), len(space.groups), space.max_depth) > 0
    assert (active[:, :, 1:] <= active[:, :, :-1]).all()


@settings(max_examples=50, deadline=None)
@given(seed=seeds, n=st.integers(0, 30))
def test_samples_are_canonical(space, seed, n):
    genes = sample(space, n, np.random.default_rng(seed))
    assert genes.shape == (n, 21)
    assert_canonical(space, genes)


@settings(max_examples=50, deadline=None)
@given(seed=seeds)
def test_rows_are_equal_exactly_when_subnets_are(space, seed):
    genes = sample(space, 20, np.random.default_rng(seed))
    twice = np.concatenate([genes, genes])
    subnets = decode(space, twice)
    assert len(set(subnets)) == len(np.unique(twice, axis=0)) == len(set(decode(space, genes)))


@settings(max_examples=50, deadline=None)
@given(seed=seeds, probability=st.floats(0, 1))
def test_mutants_stay_in_the_space(space, seed, probability):
    rng = np.random.default_rng(seed)
    assert_canonical(space, mutate(space, sample(space, 20, rng), probability, rng))


def test_mutation_is_as_strong_as_asked(space):
    rng = np.random.default_rng(0)
    genes = sample(space, 2000, rng)
    assert np.array_equal(mutate(space, genes, 0.0, rng), genes)
    slight, strong = (mutate(space, genes, probability, rng) for probability in (0.02, 0.5))
    assert 0 < (slight != genes).mean() < 0.1 < (strong != genes).mean()
    # Drawn anew means that 1 of 3 depths stays: half of the genes times two thirds.
    changed = depths(space, strong) != depths(space, genes)
    assert changed.mean() == pytest.approx(1 / 3, abs=0.02)


@settings(max_examples=50, deadline=None)
@given(seed=seeds)
def test_each_gene_of_a_child_comes_from_a_parent(space, seed):
    rng = np.random.default_rng(seed)
    mothers, fathers = sample(space, 20, rng), sample(space, 20, rng)
    children = cross_over(space, mothers, fathers, rng)
    assert_canonical(space, children)
    inherited = (children == mothers) | (children == fathers)
    assert inherited[:, 0].all()
    assert (inherited | (children == 0))[:, 1:].all()
    child, mother, father = (depths(space, g) for g in (children, mothers, fathers))
    assert ((child == mother) | (child == father)).all()
    assert np.array_equal(cross_over(space, mothers, mothers, rng), mothers)


def test_every_choice_depth_and_resolution_is_drawn(space):
    genes = sample(space, 3000, np.random.default_rng(0))
    assert set(genes[:, 0].tolist()) == {0, 1, 2}
    assert all(set(column.tolist()) == set(range(1, 10)) for column in genes[:, [1, 2, 5, 6, 17]].T)
    for depth in space.depths:
        assert (depths(space, genes) == depth).mean() == pytest.approx(1 / 3, abs=0.02)


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_a_table_adds_up_to_the_cost_of_the_layers(space, seed):
    genes = sample(space, 5, np.random.default_rng(seed))
    for cost in (lambda layer: layer.parameters, lambda layer: layer.macs):
        by_layers = [sum(map(cost, space.layers(subnet))) for subnet in decode(space, genes)]
        assert additive_cost(genes, additive_table(space, cost)).tolist() == by_layers


def test_same_seed_same_population(space):
    first, second = (sample(space, 50, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_subnet_of_another_space_is_not_encoded(space):
    with pytest.raises(InputError):
        encode(space, [Subnet(space.largest.groups, 224)])
