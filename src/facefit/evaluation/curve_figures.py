"""How well similarities part pairs of one person from pairs of two, at any threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import Estimate, not_narrower
from facefit.evaluation.pigeonhole import PeopleOnPairs
from facefit.evaluation.roc import Roc
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES, pairs_that_may_pass

_UNMOVED = 1e-9


@dataclass(frozen=True, slots=True)
class CurveFigures:
    """Area under the curve, equal error rate, and true acceptance and thresholds by false acceptance rate, without
    those rates that are less than one pair of two people."""

    auc: Estimate
    eer: Estimate
    tar: dict[str, Estimate]
    thresholds: dict[str, Estimate]


def curve_figures(similarity: NDArray[np.float64], people: PeopleOnPairs) -> CurveFigures:
    """From similarities of pairs, (n,); there must be some of one person and of two."""
    one, two = int(people.same.sum()), int((~people.same).sum())
    fars = [far for far in FALSE_ACCEPTANCE_RATES if pairs_that_may_pass(far, two)]
    auc, eer, *rates = people.estimates(lambda weights: _figures(Roc.of(similarity, people.same, weights), fars))
    tar = {far: not_narrower(share, one) for far, share in zip(fars, rates[::2], strict=True)}
    auc, eer = (_moved(figure, min(one, two)) for figure in (auc, eer))
    return CurveFigures(auc, eer, tar, dict(zip(fars, rates[1::2], strict=True)))


def _moved(figure: Estimate, n: int) -> Estimate:
    """With an interval also where no replicate makes an error: that of n pairs, of the scarcer kind."""
    low, high = figure.interval
    return not_narrower(figure, n) if high - low < _UNMOVED else figure


def _figures(roc: Roc, fars: Sequence[str]) -> NDArray[np.float64]:
    """AUC, EER, and for each FAR the acceptance and the threshold (at most 1): float64 (weightings, 2 + 2 per FAR)."""
    columns = [roc.area(), roc.equal_error()]
    for far in fars:
        tar, threshold = roc.at_far(float(far))
        columns += [tar, np.minimum(threshold, 1.0)]
    return np.stack(columns, axis=1)
