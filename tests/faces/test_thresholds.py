"""What a card says of a threshold."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facefit.faces.thresholds import (
    FOUND,
    CardThreshold,
    identification,
    just_above,
    pairs_that_may_pass,
    rounded_up,
    view_entry,
)


@given(st.floats(-1, 1))
def test_six_digits_keep_out_the_pair_that_is_kept_out(similarity: float) -> None:
    least = float(just_above(np.array([similarity]))[0])
    assert np.float32(similarity) < least <= rounded_up(least) <= least + 1.1e-6


def test_one_stranger_in_a_hundred_is_one_and_not_more() -> None:
    assert [pairs_that_may_pass(far, 2900) for far in ("0.01", "0.001")] == [29, 2]
    assert pairs_that_may_pass("0.01", 99) == 0


def test_an_entry_says_what_is_known_and_nothing_else() -> None:
    found = {"0.01": CardThreshold(0.4, 0.75, (0.35, 0.4500004)), "0.001": CardThreshold(0.5000001, 0.25)}
    assert view_entry(found, FOUND, "noise") == {
        "thresholds": {"0.01": 0.4, "0.001": 0.500001},
        "thresholds_interval": {"0.01": [0.35, 0.45]},
        "tar": {"0.01": 0.75, "0.001": 0.25},
        "thresholds_kind": FOUND,
        "calibrated_on": "noise",
    }
    predicted = view_entry({"0.01": CardThreshold(0.4, error=0.02)}, "predicted", "noise")
    assert predicted["thresholds_error"] == {"0.01": 0.02} and "tar" not in predicted


def test_the_first_view_stands_where_files_of_one_view_have_theirs() -> None:
    aligned, cropped = ({"thresholds": {"0.01": value}} for value in (0.4, 0.5))
    assert identification({"aligned": aligned}) == {"view": "aligned"} | aligned
    both = identification({"cropped": cropped, "aligned": aligned})
    assert both == {"view": "aligned"} | aligned | {"other_views": {"cropped": cropped}}
    assert identification({"aligned": aligned, "cropped": cropped}, "cropped")["other_views"] == {"aligned": aligned}
