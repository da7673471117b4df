import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facefit.comparator import kendall_tau, pair_accuracy
from facefit.comparator.quality import judge_values

orderings = st.integers(2, 30).flatmap(lambda n: st.tuples(*[st.lists(st.integers(0, 6), min_size=n, max_size=n)] * 2))


def tau_by_pairs(x: list[int], y: list[int]) -> float:
    concordance = x_told = y_told = 0
    for i, j in itertools.combinations(range(len(x)), 2):
        a, b = np.sign(x[i] - x[j]), np.sign(y[i] - y[j])
        concordance, x_told, y_told = concordance + a * b, x_told + a * a, y_told + b * b
    return concordance / math.sqrt(x_told * y_told) if x_told and y_told else math.nan


@given(orderings)
def test_kendall_tau_equals_its_definition_ties_included(pair: tuple[list[int], list[int]]) -> None:
    x, y = pair
    got = kendall_tau(np.array(x, float), np.array(y, float))
    assert got == pytest.approx(tau_by_pairs(x, y), abs=1e-12, nan_ok=True)


def test_kendall_tau_of_ten_thousand_is_quick_and_right_at_the_ends() -> None:
    values = np.random.default_rng(0).standard_normal(10_000)
    assert kendall_tau(values, values) == 1
    assert kendall_tau(values, -values) == -1


def test_pair_accuracy_counts_doubt_as_half_and_leaves_ties_out() -> None:
    preferred = np.array([0.9, 0.2, 0.5, 0.9])
    a, b = np.array([2.0, 2.0, 2.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0])
    assert pair_accuracy(preferred, a, b) == pytest.approx(0.5)
    assert math.isnan(pair_accuracy(np.array([0.9]), np.array([1.0]), np.array([1.0])))


@given(orderings)
def test_predicted_values_are_judged_by_all_their_pairs(pair: tuple[list[int], list[int]]) -> None:
    predicted, truth = (np.array(side, float) for side in pair)
    a, b = np.triu_indices(len(truth), 1)
    judged = judge_values(predicted, truth)
    by_pairs = pair_accuracy(0.5 + 0.1 * np.sign(predicted[a] - predicted[b]), truth[a], truth[b])
    assert judged.pair_accuracy == pytest.approx(by_pairs, nan_ok=True)
    assert judged.kendall_tau == pytest.approx(kendall_tau(predicted, truth), abs=1e-12, nan_ok=True)
