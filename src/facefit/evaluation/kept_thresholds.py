"""Whether thresholds that were found elsewhere hold on other people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import Estimate, not_narrower
from facefit.evaluation.pigeonhole import PeopleOnPairs


@dataclass(frozen=True, slots=True)
class KeptThreshold:
    """The shares of pairs of two people (`far`) and of one (`tar`) that pass a threshold, in 0..1.

    Intervals are over people, and not narrower than Wilson's: where hardly any pair of two people passes, or none at
    all, resampled ones would be too narrow, or claim that none ever will.
    """

    threshold: float
    far: Estimate
    tar: Estimate

    def to_json(self) -> dict[str, Any]:
        return {"threshold": self.threshold, "far": self.far.to_json(), "tar": self.tar.to_json()}


def judge_threshold(similarity: NDArray[np.float64], people: PeopleOnPairs, threshold: float) -> KeptThreshold:
    """Which of pairs, (n,), pass; there must be some of one person and of two."""
    passes, kinds = similarity >= threshold, (~people.same, people.same)

    def shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([weighted_share(weights, passes, kind) for kind in kinds], axis=1)

    far, tar = (
        not_narrower(share, int(kind.sum())) for share, kind in zip(people.estimates(shares), kinds, strict=True)
    )
    return KeptThreshold(threshold, far, tar)


def weighted_share(
    weights: NDArray[np.float64], hits: NDArray[np.bool_], kind: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Share of hits, bool (n,), among pairs of a kind, bool (n,), in each weighting: float64 (weightings,)."""
    hit, missed = weights @ (kind & hits), weights @ (kind & ~hits)
    share: NDArray[np.float64] = hit / (hit + missed)
    return share
