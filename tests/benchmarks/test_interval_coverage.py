"""Intervals of latencies hold the truth about as often as the docs say."""

from __future__ import annotations

import pytest
from interval_coverage import BETWEEN_AND_WITHIN, coverage, covered


@pytest.mark.parametrize(("case", "least"), list(zip(BETWEEN_AND_WITHIN, (0.97, 0.94, 0.82), strict=True)))
def test_it_holds_the_truth_as_often_as_the_docs_say(case: str, least: float) -> None:
    between, within = BETWEEN_AND_WITHIN[case]
    assert coverage(between, within) >= least
    assert coverage(between, within, rounds=16) >= 0.93


def test_each_case_is_told_with_its_interval() -> None:
    told = covered(rounds=4, passes=1, trials=20, seed=1)
    assert told["cases"].keys() == BETWEEN_AND_WITHIN.keys() and told["trials"] == 20
    for row in told["cases"].values():
        low, high = row["interval"]
        assert low <= row["covered"] <= high
