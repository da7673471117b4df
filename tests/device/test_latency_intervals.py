"""How far a latency is to be trusted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from facefit.device import Timing
from facefit.device.intervals import quartile_interval, student_t

PASSES = st.lists(st.floats(0.1, 100), min_size=1, max_size=5)


@given(st.lists(PASSES, min_size=1, max_size=12))
def test_the_latency_lies_in_its_interval_and_that_among_the_passes(rounds: list[list[float]]) -> None:
    timing = sum((Timing(tuple(passes)) for passes in rounds), Timing(()))
    low, high = timing.interval_ms
    assert min(timing.passes_ms) <= low <= timing.ms <= high <= max(timing.passes_ms)


def test_it_narrows_with_more_rounds_but_not_with_more_passes_that_share_theirs() -> None:
    rng = np.random.default_rng(1)
    rounds = 5 + 0.1 * rng.standard_normal(40)

    def width(levels: np.ndarray, passes: int) -> float:
        low, high = quartile_interval([[level] * passes for level in levels])
        return high - low

    assert width(rounds, 3) < 0.6 * width(rounds[:6], 3)
    assert width(rounds[:6], 30) == pytest.approx(width(rounds[:6], 3), rel=0.35)


def test_few_rounds_give_all_that_was_seen() -> None:
    timing = Timing((5.0, 5.1, 5.2)) + Timing((5.3, 5.4, 6.0))
    assert timing.rounds == (3, 3) and timing.interval_ms == (5.0, 6.0)
    assert Timing((4.0,)).interval_ms == (4.0, 4.0)
    with pytest.raises(ValueError, match="without passes"):
        _ = Timing(()).interval_ms


def test_rounds_of_different_length_are_kept_apart() -> None:
    timing = Timing((1.0, 2.0)) + Timing((3.0,)) + (Timing((4.0,)) + Timing((5.0, 6.0, 7.0)))
    assert timing.rounds == (2, 1, 1, 3) and timing.passes_ms == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)


@pytest.mark.parametrize("degrees", [3, 4, 5, 9, 30, 1000])
def test_students_quantiles(degrees: int) -> None:
    assert student_t(degrees) == pytest.approx(t.ppf(0.975, degrees), rel=2e-3)
