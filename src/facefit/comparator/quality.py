"""How well one ordering of subnets agrees with another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.splits import Indices, all_pairs

Values = NDArray[np.float64]
PreferPairs = Callable[[Indices, Indices], Values]
"""Probability that one of some subnets is more accurate than another, by their indices, (m,), (m,) -> (m,)."""
_PORTION = 50_000
"""Pairs judged at a time: features of all pairs of thousands of subnets would fill the memory."""


@dataclass(frozen=True, slots=True)
class PairJudgement:
    """Over all pairs of some subnets: share of pairs in order, tau of the order by `wins`, and those, float64 (n,): how
    many of the others each should beat. NaN where it says nothing."""

    pair_accuracy: float
    kendall_tau: float
    wins: Values


def judge_pairs(prefer: PreferPairs, truth: Values) -> PairJudgement:
    """Judges preferences between n subnets of which the accuracy is known, (n,)."""
    n, right, decided = len(truth), 0.0, 0
    wins = np.zeros(n)
    for a, b in all_pairs(n, _PORTION):
        preferred = prefer(a, b)
        wins += np.bincount(a, preferred, n) + np.bincount(b, 1 - preferred, n)
        judged = right_of_decided(preferred, truth[a], truth[b])
        right, decided = right + judged[0], decided + judged[1]
    wins = np.round(wins, 9)  # those preferred alike stay tied, in whatever order their wins were added
    return PairJudgement(right / decided if decided else float("nan"), kendall_tau(wins, truth), wins)


def judge_values(predicted: Values, truth: Values) -> PairJudgement:
    """Judges the order of predicted values against that of the true ones, both (n,)."""
    return judge_pairs(lambda a, b: 0.5 + 0.5 * np.sign(predicted[a] - predicted[b]), truth)


def kendall_tau(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Kendall's tau-b of two orderings, both (n,): 1 is the same order, -1 the reverse, ties corrected for.

    O(n log n) after Knight, 'A computer method for calculating Kendall's tau with ungrouped data', JASA 1966.
    NaN if either side is constant.
    """
    n = len(true)
    order = np.lexsort((true, predicted))
    x, y = predicted[order], true[order]
    pairs = n * (n - 1) // 2
    tied_x, tied_y = _tied_pairs(x), _tied_pairs(np.sort(y))
    tied_both = _tied_pairs(x + 1j * y)
    scale = float(pairs - tied_x) * float(pairs - tied_y)
    if scale == 0:
        return float("nan")
    discordant = _inversions(y)
    return float((pairs - tied_x - tied_y + tied_both - 2 * discordant) / np.sqrt(scale))


def pair_accuracy(preferred: NDArray[np.floating], a_true: Values, b_true: Values) -> float:
    """Share of pairs whose more accurate side was given the higher probability, all arguments (n,).

    Pairs of equal accuracy have no answer and are left out; a probability of one half counts as half right.
    NaN if no pair is left.
    """
    right, decided = right_of_decided(preferred, a_true, b_true)
    return right / decided if decided else float("nan")


def right_of_decided(preferred: NDArray[np.floating], a_true: Values, b_true: Values) -> tuple[float, int]:
    """Right answers, and the pairs that have one: the two sides of `pair_accuracy`, which add up over portions."""
    told = np.sign(preferred - 0.5) * np.sign(a_true - b_true)
    decided = int(np.count_nonzero(a_true != b_true))
    return (float(told.sum()) + decided) / 2, decided


def root_mean_square(errors: Values) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def _tied_pairs(ordered: NDArray[np.generic]) -> int:
    """Number of pairs of equal neighbours in an ordered array."""
    edges = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    runs = np.diff(np.concatenate([[0], edges, [len(ordered)]]))
    return int((runs * (runs - 1) // 2).sum())


def _inversions(values: NDArray[np.generic]) -> int:
    """Number of pairs that stand in falling order, by a bottom-up merge over the ranks."""
    ranks = np.unique(values, return_inverse=True)[1].astype(np.int64)
    n, width, total = len(ranks), 1, 0
    while width < n:
        # Runs of `width` are sorted; keys keep each pair of runs apart, so one search serves all of them.
        block = np.arange(n) // (2 * width)
        keys = block * (n + 1) + ranks
        right = np.arange(n) // width % 2 == 1
        left_keys = keys[~right]
        ends = np.searchsorted(left_keys, (block[right] + 1) * (n + 1))
        total += int((ends - np.searchsorted(left_keys, keys[right], side="right")).sum())
        ranks = ranks[np.argsort(keys, kind="stable")]
        width *= 2
    return total
