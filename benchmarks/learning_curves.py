"""How well surrogates rank held-out labels, from few labels to many: over the space and inside latency bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from their_search import TheirPredictor

from facefit.comparator import (
    BoostingSurrogate,
    ByAccuracy,
    Comparator,
    ConcatenatingComparator,
    Preference,
    RidgeSurrogate,
    kendall_tau,
    pair_accuracy,
)
from facefit.comparator.splits import split_subnets
from facefit.labels.store import Labels

LEAST_IN_BAND = 8
Fit = Callable[[Labels, int], Preference]


@dataclass(frozen=True)
class Judged:
    """On held-out labels: shares and tau over all, tau and regret (points) as means over latency bands."""

    pair_accuracy: float
    kendall_tau: float
    tau_in_bands: float
    regret_in_bands: float


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


def judge(model: Preference, held_out: Labels, band: NDArray[np.intp]) -> Judged:
    """`band` (m,) numbers the latency band of each held-out label."""
    truth, n = 100 * held_out.accuracy, len(held_out)
    a, b = np.triu_indices(n, 1)
    preferred = model.prefer(held_out.genes[a], held_out.genes[b])
    wins = order_by_wins(preferred, a, b, n)
    taus, regrets = [], []
    for number in np.unique(band):
        inside = np.flatnonzero(band == number)
        if len(inside) < LEAST_IN_BAND or np.ptp(truth[inside]) == 0:
            continue
        pairs = (band[a] == number) & (band[b] == number)
        own = order_by_wins(preferred[pairs], a[pairs], b[pairs], n)[inside]
        regrets.append(truth[inside].max() - truth[inside][own.argmax()])
        if not np.isnan(tau := kendall_tau(own, truth[inside])):
            taus.append(tau)
    overall = pair_accuracy(preferred, truth[a], truth[b]), kendall_tau(wins, truth)
    return Judged(*overall, float(np.mean(taus)), float(np.mean(regrets)))


def order_by_wins(
    preferred: NDArray[np.float64], a: NDArray[np.intp], b: NDArray[np.intp], n: int
) -> NDArray[np.float64]:
    return np.bincount(a, preferred, n) + np.bincount(b, 1 - preferred, n)
