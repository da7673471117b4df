"""How well surrogates rank held-out labels, from few labels to many: over the space and inside latency bands.

Plans mixed together say little of either: labels by band spread further over the space than subnets do, and active ones
are the best of their band. So the whole space is judged by labels of the plan `uniform` and bands by those of `bands`,
where there are enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from their_predictor import TheirPredictor

from facefit.comparator import (
    BoostingSurrogate,
    ByAccuracy,
    Comparator,
    ConcatenatingComparator,
    Preference,
    RidgeSurrogate,
)
from facefit.comparator.quality import PreferPairs, judge_pairs
from facefit.comparator.splits import Indices, split_subnets
from facefit.labels.store import Labels

LEAST_IN_BAND = 8
LEAST_OF_PLAN = 500
"""Labels that a plan must have given for those alone to judge: some 75 of so many are held out."""

Fit = Callable[[Labels, int], Preference]
"""From labels and a seed to what ranks any subnets."""


@dataclass(frozen=True)
class Judged:
    """On n held-out labels: share of pairs in order, tau, and regret in points; None where that says nothing.

    Regret is against the greatest of the labels, which noise has raised: a perfect ranking has some regret, too.
    """

    n: int
    pair_accuracy: float | None
    kendall_tau: float | None
    regret: float | None


@dataclass(frozen=True)
class JudgedBy:
    """The plans whose labels judge the whole space and the bands; None where all labels do."""

    whole: str | None
    bands: str | None

    @classmethod
    def of(cls, labels: Labels) -> JudgedBy:
        enough = {plan for plan, count in labels.plan_counts.items() if count >= LEAST_OF_PLAN}
        return cls(*(plan if plan in enough else None for plan in ("uniform", "bands")))


def rows_of(labels: Labels, plan: str | None) -> Indices:
    """Indices of a plan's labels, or of all."""
    return np.flatnonzero(np.ones(len(labels), bool) if plan is None else labels.plans == plan)


def fits(clone: Path | None) -> dict[str, Fit]:
    """Surrogates by name; once-for-all's predictor only where there is a clone of its repository."""

    def rng(seed: int) -> np.random.Generator:
        return np.random.default_rng(seed)

    found: dict[str, Fit] = {
        "paper (concatenated codes)": lambda x, s: ConcatenatingComparator.fit(x.space, x.genes, x.accuracy, rng(s)),
        "antisymmetric comparator": lambda x, s: Comparator.fit(x.space, x.genes, x.accuracy, rng(s)),
        "boosting": lambda x, s: ByAccuracy(BoostingSurrogate.fit(x.space, x.genes, x.accuracy, rng(s))),
        "ridge with crosses": lambda x, s: ByAccuracy(RidgeSurrogate.fit(x.space, x.genes, x.accuracy, rng(s))),
    }
    if clone is not None:
        found["once-for-all (MLP)"] = lambda x, s: ByAccuracy(
            TheirPredictor(clone, x.space).fit(x.genes, x.accuracy, s)
        )
    return found


def split_labels(labels: Labels, seed: int) -> tuple[Labels, Labels]:
    """Those to learn from, shuffled, and 15 % held out; trees of subnets stay on one side."""
    rng = np.random.default_rng(seed)
    *known, held_out = split_subnets(labels.space, labels.genes, rng)
    return labels.where(rng.permutation(np.concatenate(known))), labels.where(held_out)


def judge(prefer: PreferPairs, held_out: Labels) -> Judged:
    """All pairs, in portions; subnets are ranked by their mean probability to win."""
    truth, n = 100 * held_out.accuracy, len(held_out)
    if n < LEAST_IN_BAND:
        return Judged(n, None, None, None)
    judged = judge_pairs(prefer, truth)
    if np.isnan(judged.pair_accuracy):
        return Judged(n, None, None, None)
    tau, regret = judged.kendall_tau, float(truth.max() - truth[judged.wins.argmax()])
    return Judged(n, judged.pair_accuracy, None if np.isnan(tau) else tau, regret)


def judge_bands(prefer: PreferPairs, held_out: Labels, band: NDArray[np.intp], bands: int) -> list[Judged]:
    """Inside each latency band; `band` (m,) numbers that of each held-out label."""
    inside = [np.flatnonzero(band == number) for number in range(bands)]
    return [judge(within(prefer, rows), held_out.where(rows)) for rows in inside]


def within(prefer: PreferPairs, rows: Indices) -> PreferPairs:
    """The same for some of the subnets, by their new indices."""
    return lambda a, b: prefer(rows[a], rows[b])
