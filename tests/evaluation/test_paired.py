"""Paired differences: exact values, and narrower than accuracies apart."""

from __future__ import annotations

import numpy as np
import pytest

from facefit.errors import InputError
from facefit.evaluation.identification import Recognised
from facefit.evaluation.paired import accuracy_difference, person_mean_difference

PEOPLE = 50


def recognised(right: np.ndarray) -> Recognised:
    return Recognised(right, np.full(right.shape, 10))


def test_the_difference_is_that_of_the_accuracies():
    rng = np.random.default_rng(0)
    one, other = (recognised(rng.integers(5, 11, (3, PEOPLE))) for _ in range(2))
    found = accuracy_difference(one, other)
    assert found.value == pytest.approx((one.right.sum() - other.right.sum()) / one.probes.sum())
    assert found.interval[0] <= found.value <= found.interval[1]
    assert accuracy_difference(other, one).value == pytest.approx(-found.value)
    same = accuracy_difference(one, one)
    assert (same.value, same.interval) == (0.0, (0.0, 0.0))


def test_everybody_counts_alike_in_the_difference_of_means_over_people():
    """Of the first there are a thousand photos; the others are recognised by one of the two alone."""
    probes = np.tile(np.r_[1000, np.full(PEOPLE - 1, 10)], (3, 1))
    one, other = Recognised(probes.copy(), probes), Recognised(np.where(probes == 10, 0, probes), probes)
    assert person_mean_difference(one, other).value == pytest.approx(1 - 1 / PEOPLE)
    assert accuracy_difference(one, other).value == pytest.approx(490 / 1490)
    low, high = person_mean_difference(other, one).interval
    assert -1 <= low <= -1 + 1 / PEOPLE <= high < -0.9


def test_what_both_find_hard_cancels_out():
    """People differ much, the two networks by one probe of each person."""
    hard = np.tile(np.random.default_rng(0).integers(1, 11, PEOPLE), (3, 1))
    found = accuracy_difference(recognised(hard), recognised(hard - 1))
    assert found.value == pytest.approx(0.1) and found.interval == pytest.approx((0.1, 0.1))


def test_the_interval_covers_the_true_difference():
    rng, covered = np.random.default_rng(0), 0
    for _ in range(60):
        skill = rng.beta(6, 2, PEOPLE)
        one = recognised(rng.binomial(10, skill, (3, PEOPLE)))
        other = recognised(rng.binomial(10, skill - 0.05 * skill, (3, PEOPLE)))
        low, high = accuracy_difference(one, other).interval
        covered += low <= 0.05 * 0.75 <= high
    assert covered >= 51


def test_different_questions_are_refused():
    with pytest.raises(InputError, match="not asked for the same people"):
        accuracy_difference(recognised(np.ones((3, 4), int)), recognised(np.ones((3, 5), int)))
