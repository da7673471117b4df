"""Families of labels stay on one side of the split."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facefit.comparator.splits import all_pairs, split_subnets
from facefit.errors import InputError
from facefit.labels.plan import graded_labels
from facefit.space import SearchSpace


def test_families_stay_together(space: SearchSpace) -> None:
    genes = graded_labels(space, 240, np.random.default_rng(0))
    parts = split_subnets(space, genes, np.random.default_rng(1))
    assert sorted(np.concatenate(parts).tolist()) == list(range(240))
    assert 0.6 < len(parts[0]) / 240 < 0.8 and min(len(part) for part in parts[1:]) > 12
    families = [{row.tobytes() for row in genes[part][:, : 1 + 2 * space.max_depth]} for part in parts]
    assert not families[0] & families[1] and not families[0] & families[2] and not families[1] & families[2]


def test_one_family_cannot_be_judged(space: SearchSpace) -> None:
    genes = np.repeat(graded_labels(space, 1, np.random.default_rng(0)), 30, axis=0)
    genes[:, -1] = np.arange(30) % 9 + 1
    with pytest.raises(InputError, match="families"):
        split_subnets(space, genes, np.random.default_rng(1))


@given(n=st.integers(0, 40), portion=st.integers(1, 100))
def test_all_pairs_come_once_and_in_order_however_many_at_a_time(n: int, portion: int) -> None:
    parts = list(all_pairs(n, portion))
    assert all(len(a) == portion for a, _ in parts[:-1])
    found = np.concatenate([np.stack(part) for part in parts] or [np.zeros((2, 0), int)], axis=1)
    assert np.array_equal(found, np.triu_indices(n, 1))
