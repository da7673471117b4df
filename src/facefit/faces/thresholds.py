"""From which similarity two faces pass as one person: what a card says of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.faces.alignment import MATCH_VIEW, View

FALSE_ACCEPTANCE_RATES = ("0.01", "0.001")
"""At which thresholds are found, here and by the protocols on pairs."""
OTHER_VIEWS = "other_views"
"""Where a card's entry keeps those of other views than its own: what reads cards without it finds all it knows."""
FOUND = "found with this network"
"""What a card says of thresholds that are neither predicted nor a mean of other networks'."""


@dataclass(frozen=True, slots=True)
class CardThreshold:
    """A cosine from which two faces pass, and `tar`, the share of pairs of one person that do, in 0..1.

    With its 95 % interval where that is known, and for a predicted one the standard deviation of its error.
    """

    value: float
    tar: float | None = None
    interval: tuple[float, float] | None = None
    error: float | None = None


def view_entry(found: Mapping[str, CardThreshold], kind: str, calibrated_on: str) -> dict[str, Any]:
    """What a card says of comparing faces in one view: thresholds by false acceptance rate, where they come from, and
    on which pairs they were found."""

    def told(figures: Mapping[str, float | None]) -> dict[str, float]:
        return {far: round(figure, 6) for far, figure in figures.items() if figure is not None}

    intervals = {far: [round(end, 6) for end in one.interval] for far, one in found.items() if one.interval}
    entry = {
        "thresholds": {far: rounded_up(one.value) for far, one in found.items()},
        "thresholds_interval": intervals,
        "thresholds_error": told({far: one.error for far, one in found.items()}),
        "tar": told({far: one.tar for far, one in found.items()}),
    }
    return {name: figures for name, figures in entry.items() if figures} | {
        "thresholds_kind": kind,
        "calibrated_on": calibrated_on,
    }


def identification(entries: Mapping[View, Mapping[str, Any]], main: View = MATCH_VIEW) -> dict[str, Any]:
    """What a card says of comparing faces, from what it says of each view; `main` is how faces are shown by default."""
    others = {view: dict(entry) for view, entry in entries.items() if view != main}
    return {"view": main, **entries[main]} | ({OTHER_VIEWS: others} if others else {})


def rounded_up(threshold: float) -> float:
    """With six digits, not below the threshold, which would let in the pair that it keeps out."""
    return math.ceil(threshold * 1e6) / 1e6


def pairs_that_may_pass(far: str, different: int) -> int:
    """How many of so many pairs of two people may pass at a false acceptance rate."""
    return int(Fraction(far) * different)


def just_above(similarity: NDArray[Any]) -> NDArray[np.float32]:
    """The least thresholds that pairs of these similarities do not reach: with the most similar pair of two people
    that must not pass any more, the threshold of a false acceptance rate."""
    least: NDArray[np.float32] = np.nextafter(similarity.astype(np.float32), np.float32(np.inf))
    return least
