"""Whether thresholds that were found elsewhere hold on other people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.intervals import wilson_interval


@dataclass(frozen=True, slots=True)
class KeptThreshold:
    """The shares of pairs of two people (`far`) and of one (`tar`) that pass a threshold, in 0..1.

    Intervals are Wilson's: where hardly any pair of two people passes, or none at all, resampled ones would be too
    narrow, or claim that none ever will.
    """

    threshold: float
    far: Estimate
    tar: Estimate

    def to_json(self) -> dict[str, Any]:
        return {"threshold": self.threshold, "far": self.far.to_json(), "tar": self.tar.to_json()}


def judge_threshold(similarity: NDArray[np.float64], same: NDArray[np.bool_], threshold: float) -> KeptThreshold:
    """Which of pairs, (n,), pass; there must be some of one person and of two."""
    passes = similarity >= threshold
    far, tar = (_share(passes[kind]) for kind in (~same, same))
    return KeptThreshold(threshold, far, tar)


def _share(passes: NDArray[np.bool_]) -> Estimate:
    return Estimate(float(passes.mean()), wilson_interval(int(passes.sum()), len(passes)))
