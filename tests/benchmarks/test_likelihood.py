"""What a label on half of the photos tells of the other half."""

import numpy as np
import pytest
from likelihood import correlation, gain, half, told


def test_correlations_are_pearsons_for_each_weighting() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 30))
    y += x
    weights = np.stack([np.ones(30), np.r_[np.ones(15), np.zeros(15)]])
    expected = [np.corrcoef(x, y)[0, 1], np.corrcoef(x[:15], y[:15])[0, 1]]
    assert correlation(x, y, weights) == pytest.approx(expected)


def test_the_best_by_a_perfect_label_wins_and_by_a_reversed_one_loses() -> None:
    accuracy = np.linspace(0.8, 0.9, 50)
    for label, sign in ((accuracy, 1), (-accuracy, -1)):
        assert sign * gain(label, accuracy, 16, np.random.default_rng(0)) > 3


def test_a_label_with_less_noise_tells_more() -> None:
    rng = np.random.default_rng(1)
    chance = np.linspace(0.7, 0.9, 60)
    right = (rng.random((60, 400)) < chance[:, None]).astype(float)
    likely = np.log(np.clip(chance[:, None] + rng.normal(0, 0.02, (60, 400)), 0.01, 1))
    halves = [half(400, rng) for _ in range(20)]
    by_right, by_likelihood = (told(table, right, halves, 16, rng) for table in (right, likely))
    assert by_likelihood["correlation"]["value"] > by_right["correlation"]["value"] > 0.5
    low, high = by_right["correlation"]["interval"]
    assert (
        low < by_right["correlation"]["value"] < high
        and by_likelihood["won_points"]["value"] > by_right["won_points"]["value"] > 1
    )
    assert half(401, rng).sum() == 200
