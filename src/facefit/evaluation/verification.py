"""Whether two photos show one person: LFW's pairs (view 2, Huang et al. 2007), at one threshold or at all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.evaluation.bootstrap import REPLICATES, Estimate, estimate, resampled_counts
from facefit.evaluation.intervals import wilson_interval
from facefit.evaluation.kept_thresholds import KeptThreshold, judge_threshold
from facefit.evaluation.photos import NO_FACE_SIMILARITY
from facefit.evaluation.roc import Roc
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES, pairs_that_may_pass

_CHUNK = 50
_NONE: Mapping[str, float] = MappingProxyType({})
LEAST_THRESHOLD = float(np.nextafter(NO_FACE_SIMILARITY, 0))
"""So that a pair in which a photo shows no face never passes, even where it is best to accept all others."""


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """Shares in 0..1 with 95 % intervals.

    `accuracy` is that of ten folds, each judged with the threshold that is best on the other nine; its interval is
    Wilson's, those of the other figures come from resampling pairs. `tar` and `thresholds` are by false acceptance
    rate, without those rates that are less than one pair of two people; `kept` are thresholds found elsewhere, judged
    here. `same` and `different` count pairs of one person and of two, `without_face` those in which a photo shows no
    face: they are never accepted.
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
    same: NDArray[np.bool_],
    fold: NDArray[np.int64],
    *,
    protocol: str = "lfw-pairs",
    without_face: int = 0,
    thresholds: Mapping[str, float] = _NONE,
    seed: int = 0,
) -> VerificationResult:
    """Judges similarities of pairs, all of shape (n,), and `thresholds` found elsewhere, by false acceptance rate.

    Raises `InputError` unless there are two folds or more and pairs of both kinds in what is left without any of them.
    """
    folds = np.unique(fold)
    if len(folds) < 2 or any(len(np.unique(same[fold != i])) < 2 for i in folds):
        raise InputError(f"{len(same)} pairs in {len(folds)} folds: expected pairs of one and of two people in each")
    right = np.empty(len(same), bool)
    for i in folds:
        threshold = max(best_threshold(similarity[fold != i], same[fold != i]), LEAST_THRESHOLD)
        right[fold == i] = (similarity[fold == i] >= threshold) == same[fold == i]
    auc, eer, tar, found = _curve_figures(similarity, same, np.random.default_rng(seed))
    return VerificationResult(
        protocol=protocol,
        same=int(same.sum()),
        different=int((~same).sum()),
        accuracy=Estimate(float(right.mean()), wilson_interval(int(right.sum()), len(right))),
        folds=tuple(float(right[fold == i].mean()) for i in folds),
        auc=auc,
        eer=eer,
        tar=tar,
        thresholds=found,
        kept={far: judge_threshold(similarity, same, max(at, LEAST_THRESHOLD)) for far, at in thresholds.items()},
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


def _curve_figures(
    similarity: NDArray[np.float64], same: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Estimate, Estimate, dict[str, Estimate], dict[str, Estimate]]:
    """AUC, EER, true acceptance and thresholds, each of all pairs as they are and of resampled ones."""
    weights, different = np.ones((1, len(same))), int((~same).sum())
    fars = [far for far in FALSE_ACCEPTANCE_RATES if pairs_that_may_pass(far, different)]
    rows = [_figures(Roc.of(similarity, same, weights), fars)]
    # Pairs of one person and pairs of two are drawn apart: how many there are of each is part of the protocol.
    counts = np.empty((REPLICATES, len(same)))
    for kind in (same, ~same):
        counts[:, kind] = resampled_counts(int(kind.sum()), rng)
    for start in range(0, len(counts), _CHUNK):
        rows.append(_figures(Roc.of(similarity, same, counts[start : start + _CHUNK]), fars))
    table = np.concatenate(rows)
    auc, eer, *rates = (estimate(column[0], column[1:]) for column in table.T)
    pairs = dict(zip(fars, zip(rates[::2], rates[1::2], strict=True), strict=True))
    return auc, eer, {far: tar for far, (tar, _) in pairs.items()}, {far: at for far, (_, at) in pairs.items()}


def _figures(roc: Roc, fars: Sequence[str]) -> NDArray[np.float64]:
    """AUC, EER, and for each FAR the acceptance and the threshold (at most 1): float64 (weightings, 2 + 2 per FAR)."""
    columns = [roc.area(), roc.equal_error()]
    for far in fars:
        tar, threshold = roc.at_far(float(far))
        columns += [tar, np.minimum(threshold, 1.0)]
    return np.stack(columns, axis=1)
