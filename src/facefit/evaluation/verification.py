"""Whether two photos show one person: LFW's pairs (view 2, Huang et al. 2007), at one threshold or at all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.evaluation.bootstrap import Estimate, not_narrower
from facefit.evaluation.curve_figures import curve_figures
from facefit.evaluation.kept_thresholds import KeptThreshold, judge_threshold, weighted_share
from facefit.evaluation.photos import NO_FACE_SIMILARITY
from facefit.evaluation.pigeonhole import PeopleOnPairs
from facefit.evaluation.roc import Roc

_NONE: Mapping[str, float] = MappingProxyType({})
LEAST_THRESHOLD = float(np.nextafter(NO_FACE_SIMILARITY, 0))
"""So that a pair in which a photo shows no face never passes, even where it is best to accept all others."""


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """Shares in 0..1 with 95 % intervals over people, who are the independent units: pairs that share somebody err
    together. Those of shares are not narrower than Wilson's for as many pairs.

    `accuracy` is that of ten folds, each judged with the threshold that is best on the other nine, which its interval
    takes as given. `tar` and `thresholds` are by false acceptance rate, without those rates that are less than one pair
    of two people; `kept` are thresholds found elsewhere, judged here. `same` and `different` count pairs of one person
    and of two, `without_face` those in which a photo shows no face: they are never accepted.
    """

    protocol: str
    same: int
    different: int
    accuracy: Estimate
    folds: tuple[float, ...]
    auc: Estimate
    eer: Estimate
    tar: dict[str, Estimate]
    thresholds: dict[str, Estimate]
    kept: dict[str, KeptThreshold]
    without_face: int

    @property
    def n(self) -> int:
        """All pairs."""
        return self.same + self.different

    def to_json(self) -> dict[str, Any]:
        """`accuracy` and `interval` are plain numbers."""
        return {
            "protocol": self.protocol,
            "n": self.n,
            "same": self.same,
            "different": self.different,
            "accuracy": self.accuracy.value,
            "interval": list(self.accuracy.interval),
            "folds": list(self.folds),
            "auc": self.auc.to_json(),
            "eer": self.eer.to_json(),
            "tar": {far: value.to_json() for far, value in self.tar.items()},
            "thresholds": {far: value.to_json() for far, value in self.thresholds.items()},
            "card_thresholds": {far: value.to_json() for far, value in self.kept.items()},
            "without_face": self.without_face,
        }


def verify(
    similarity: NDArray[np.float64],
    people: PeopleOnPairs,
    fold: NDArray[np.int64],
    *,
    protocol: str = "lfw-pairs",
    without_face: int = 0,
    thresholds: Mapping[str, float] = _NONE,
) -> VerificationResult:
    """Judges similarities of pairs, (n,) as `fold` is, and `thresholds` found elsewhere, by false acceptance rate.

    Raises `InputError` unless there are two folds or more and pairs of both kinds in what is left without any of them.
    """
    folds, same = np.unique(fold), people.same
    if len(folds) < 2 or any(len(np.unique(same[fold != i])) < 2 for i in folds):
        raise InputError(f"{len(same)} pairs in {len(folds)} folds: expected pairs of one and of two people in each")
    right = np.empty(len(same), bool)
    for i in folds:
        threshold = max(best_threshold(similarity[fold != i], same[fold != i]), LEAST_THRESHOLD)
        right[fold == i] = (similarity[fold == i] >= threshold) == same[fold == i]
    curve = curve_figures(similarity, people)
    return VerificationResult(
        protocol=protocol,
        same=int(same.sum()),
        different=int((~same).sum()),
        accuracy=_accuracy(right, people),
        folds=tuple(float(right[fold == i].mean()) for i in folds),
        auc=curve.auc,
        eer=curve.eer,
        tar=curve.tar,
        thresholds=curve.thresholds,
        kept={far: judge_threshold(similarity, people, max(at, LEAST_THRESHOLD)) for far, at in thresholds.items()},
        without_face=without_face,
    )


def best_threshold(similarity: NDArray[np.float64], same: NDArray[np.bool_]) -> float:
    """The threshold with the fewest errors: halfway between the two similarities that it parts."""
    roc = Roc.of(similarity, same, np.ones((1, len(same))))
    errors = roc.far[0] * (~same).sum() + (1 - roc.tar[0]) * same.sum()
    best = int(errors.argmin())
    above = roc.thresholds[best]
    if best == 0:
        return float(np.nextafter(roc.thresholds[1], np.inf))
    return float((above + roc.thresholds[best + 1]) / 2) if best + 1 < len(roc.thresholds) else float(above)


def _accuracy(right: NDArray[np.bool_], people: PeopleOnPairs) -> Estimate:
    """Each kind of pair keeps its part in it: how many there are of each belongs to the protocol."""
    n, same = len(right), people.same

    def accuracy(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        one, two = (kind.sum() * weighted_share(weights, right, kind) for kind in (same, ~same))
        share: NDArray[np.float64] = (one + two)[:, None] / n
        return share

    (share,) = people.estimates(accuracy)
    return not_narrower(share, n)
