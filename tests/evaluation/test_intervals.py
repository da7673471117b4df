"""Intervals against published figures, and by whether they cover the truth."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facefit.errors import InputError
from facefit.evaluation import compare_paired, wilson_interval


@pytest.mark.parametrize(
    ("correct", "n", "wanted"),
    # Newcombe 1998, 'Two-sided confidence intervals for the single proportion', Table I, method 3
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_is_as_published(correct, n, wanted):
    assert wilson_interval(correct, n) == pytest.approx(wanted, abs=5e-5)


@given(st.integers(1, 5000), st.data())
def test_wilson_holds_the_share_and_mirrors(n, data):
    correct = data.draw(st.integers(0, n))
    low, high = wilson_interval(correct, n)
    assert 0 <= low <= correct / n <= high <= 1
    assert wilson_interval(n - correct, n) == pytest.approx((1 - high, 1 - low))
    wider = wilson_interval(correct, n, 0.99)
    assert wider[0] <= low and high <= wider[1]


@pytest.mark.parametrize(("n", "truth"), [(60, 0.85), (400, 0.83), (400, 0.5)])
def test_wilson_covers_the_truth_95_times_in_100(n, truth):
    chance = [comb(n, k) * truth**k * (1 - truth) ** (n - k) for k in range(n + 1)]
    covered = sum(p for k, p in enumerate(chance) if wilson_interval(k, n)[0] <= truth <= wilson_interval(k, n)[1])
    assert covered == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_impossible_counts_are_refused(correct, n):
    with pytest.raises(InputError, match="at least one image"):
        wilson_interval(correct, n)


def test_confidence_is_a_probability():
    with pytest.raises(InputError, match="between 0 and 1"):
        wilson_interval(1, 2, 95)


def pairs(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    counts = (both, only_a, only_b, neither)
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


def test_paired_interval_is_as_published():
    # Newcombe 1998, 'Improved confidence intervals ... based on paired data', Table III, method 10
    found = compare_paired(*pairs(36, 12, 2, 0))
    assert found.difference == pytest.approx(0.2) and (found.only_a, found.only_b) == (12, 2)
    assert found.interval == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_mcnemar_counts_coin_tosses():
    assert compare_paired(*pairs(40, 8, 1, 3)).p_value == pytest.approx(2 * (1 + 9) / 2**9)
    assert compare_paired(*pairs(40, 5, 5, 3)).p_value == 1
    assert compare_paired(*pairs(40, 0, 0, 3)).p_value == 1
    assert compare_paired(*pairs(0, 1500, 1300, 0)).p_value == pytest.approx(1.69e-4, rel=0.02)


@given(*[st.integers(0, 300)] * 4)
def test_exchanging_the_networks_mirrors_the_comparison(both, only_a, only_b, neither):
    if both + only_a + only_b + neither == 0:
        return
    a, b = pairs(both, only_a, only_b, neither)
    here, there = compare_paired(a, b), compare_paired(b, a)
    assert here.difference == -there.difference and here.p_value == there.p_value
    assert here.interval == pytest.approx((-there.interval[1], -there.interval[0]))
    assert here.interval[0] <= here.difference <= here.interval[1]


@pytest.mark.parametrize("shares", [(0.75, 0.08, 0.07, 0.10), (0.80, 0.09, 0.03, 0.08)])
def test_paired_interval_covers_the_truth(shares):
    rng = np.random.default_rng(0)
    truth, hits = shares[1] - shares[2], 0
    for draw in rng.multinomial(300, shares, size=1500):
        low, high = compare_paired(*pairs(*draw)).interval
        hits += low <= truth <= high
    assert 0.93 < hits / 1500 < 0.985


def test_pairing_says_more_than_two_intervals_apart():
    a, b = pairs(2500, 100, 60, 539)
    low, _ = compare_paired(a, b).interval
    assert low > 0
    assert wilson_interval(int(a.sum()), len(a))[0] < wilson_interval(int(b.sum()), len(b))[1]


def test_only_the_same_images_can_be_paired():
    with pytest.raises(InputError, match="the same images"):
        compare_paired(np.ones(3, bool), np.ones(4, bool))
    with pytest.raises(InputError, match="the same images"):
        compare_paired(np.ones(0, bool), np.ones(0, bool))


def test_json_has_plain_values():
    data = compare_paired(*pairs(36, 12, 2, 0)).to_json()
    assert data["n"] == 50 and data["only_a"] == 12 and len(data["interval"]) == 2
