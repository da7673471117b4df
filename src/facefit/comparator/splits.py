"""Which labelled subnets learn, stop and judge, and which of them are paired."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.features import check_genes
from facefit.errors import InputError
from facefit.space import SearchSpace
from facefit.space.population import Genes

LEAST_LABELS = 20

Indices = NDArray[np.intp]


def check_labels(space: SearchSpace, genes: Genes, accuracy: NDArray[np.floating]) -> tuple[Genes, NDArray[np.float64]]:
    """Distinct subnets and their accuracy, float64 (n,); a subnet labelled more than once counts with its mean.

    Raises `InputError` if the labels do not fit the genes, are not finite, all equal, or too few.
    """
    check_genes(space, genes)
    truth = np.asarray(accuracy, np.float64)
    if truth.shape != (len(genes),) or not np.isfinite(truth).all():
        raise InputError(f"labels: accuracy has shape {truth.shape}, expected {(len(genes),)} finite numbers")
    # A subnet must not learn under one label and judge under another.
    distinct, number = np.unique(genes, axis=0, return_inverse=True)
    mean = np.bincount(number.ravel(), truth) / np.bincount(number.ravel())
    if len(distinct) < LEAST_LABELS or np.ptp(mean) == 0:
        raise InputError(
            f"labels: {len(distinct)} distinct subnets with accuracies {np.ptp(truth) if truth.size else 0:g} apart, "
            f"expected at least {LEAST_LABELS} that differ; label more subnets"
        )
    return distinct, mean


def split_subnets(space: SearchSpace, genes: Genes, rng: np.random.Generator) -> tuple[Indices, Indices, Indices]:
    """Indices for fitting (70 %), for stopping in time (15 %) and for judging (15 %).

    Subnets of one resolution that share their first groups stay together: labels may come in such families, and a
    family on both sides would flatter the judgement. Raises `InputError` where there are too few families.
    """
    shared = 1 + len(space.groups) // 2 * space.max_depth
    _, family = np.unique(genes[:, :shared], axis=0, return_inverse=True)
    place = rng.permutation(family.max(initial=0) + 1)
    place = place[family.ravel()]
    order = np.lexsort((rng.permutation(len(genes)), place))
    edges = np.flatnonzero(np.diff(place[order])) + 1
    first, second = (edges[np.abs(edges - share * len(genes)).argmin()] if len(edges) else 0 for share in (0.7, 0.85))
    if not 0 < first < second:
        raise InputError(
            f"labels: {len(genes)} subnets in {len(edges) + 1} families; label more, and more different ones"
        )
    return order[:first], order[first:second], order[second:]


@dataclass(frozen=True, slots=True)
class LearningSplit:
    """Distinct labelled subnets, genes uint8 (n, 1 + positions) and their accuracy float64 (n,), and which of them fit,
    stop in time and judge: models that learn from the same split are judged on the same subnets."""

    space: SearchSpace
    genes: Genes
    truth: NDArray[np.float64]
    fitting: Indices
    stopping: Indices
    judging: Indices

    @classmethod
    def of(cls, space: SearchSpace, genes: Genes, accuracy: NDArray[np.floating], rng: np.random.Generator) -> Self:
        """Raises `InputError` for labels that cannot be learnt from, such as fewer than 20."""
        genes, truth = check_labels(space, genes, accuracy)
        return cls(space, genes, truth, *split_subnets(space, genes, rng))


def draw_pairs(truth: NDArray[np.float64], per_subnet: int, rng: np.random.Generator) -> tuple[Indices, Indices]:
    """Random pairs of subnets of different accuracy, at most `per_subnet` times n of them.

    Raises `InputError` if no two subnets differ.
    """
    n = len(truth)
    a = np.repeat(np.arange(n), per_subnet)
    b = (a + rng.integers(1, max(n, 2), size=len(a))) % n
    told_apart = truth[a] != truth[b]
    if not told_apart.any():
        raise InputError(f"labels: {n} subnets share one accuracy, expected some that differ; label more subnets")
    return a[told_apart], b[told_apart]


def all_pairs(n: int, portion: int) -> Iterator[tuple[Indices, Indices]]:
    """Every pair of n subnets once, (0, 1), (0, 2), ..., (n - 2, n - 1), at most `portion` of them at a time."""
    first = np.arange(n)
    starts = first * n - first * (first + 1) // 2
    for start in range(0, n * (n - 1) // 2, portion):
        place = np.arange(start, min(start + portion, n * (n - 1) // 2))
        a = np.searchsorted(starts[: n - 1], place, side="right") - 1
        yield a, place - starts[a] + a + 1
