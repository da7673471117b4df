"""Fitting and judging of comparators: trees on labelled pairs of subnets, whichever way a pair is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.features import Features
from facefit.comparator.quality import judge_pairs
from facefit.comparator.splits import LearningSplit, draw_pairs
from facefit.comparator.trees import TreeModel, TreeSettings
from facefit.errors import ArtifactError, InputError

Probabilities = NDArray[np.float64]
Join = Callable[[Features, Features], Features]
"""Features of pairs out of those of their subnets, all float32 with n rows."""
Prefer = Callable[[TreeModel, Features, Features], Probabilities]


@dataclass(frozen=True, slots=True)
class ComparatorQuality:
    """Measured on subnets that neither the trees nor their number have seen."""

    pair_accuracy: float
    kendall_tau: float
    held_out_subnets: int
    labelled_subnets: int
    trees: int

    @classmethod
    def from_json(cls, data: Any, where: str) -> Self:
        """What `asdict` gave; raises `ArtifactError` for anything else."""
        try:
            return cls(**data)
        except TypeError as error:
            raise ArtifactError(f"{where}: 'quality' is not what it should be ({error}); fit it again") from error


@dataclass(frozen=True)
class PairLearning:
    """How pairs are drawn and written, and what the trees make of them."""

    join: Join
    prefer: Prefer
    settings: TreeSettings
    per_subnet: int


def learn_pairs(
    features: Features, split: LearningSplit, learning: PairLearning, rng: np.random.Generator
) -> tuple[TreeModel, ComparatorQuality]:
    """A first model, fitted on the first part and stopped by the second, is judged on the third; the model returned is
    fitted on all labels with as many trees. Features are those of all subnets, float32 (n, f). Raises `InputError` if
    those held out are all equally accurate."""
    truth = split.truth
    seed, settings = int(rng.integers(2**31)), learning.settings

    def pairs_of(subnets: NDArray[np.intp]) -> tuple[Features, NDArray[np.float64]]:
        return _labelled_pairs(features[subnets], truth[subnets], learning, rng)

    judged = TreeModel.fit_until_best(pairs_of(split.fitting), pairs_of(split.stopping), "binary", settings, seed)
    quality = _judge(judged, learning.prefer, features, split)
    if not np.isfinite([quality.pair_accuracy, quality.kendall_tau]).all():
        raise InputError(
            f"{len(truth)} labels: the {len(split.judging)} held out to judge by are equally accurate; label more "
            f"subnets"
        )
    return TreeModel.fit(*pairs_of(np.arange(len(truth))), judged.trees, "binary", settings, seed), quality


def _labelled_pairs(
    features: Features, truth: NDArray[np.float64], learning: PairLearning, rng: np.random.Generator
) -> tuple[Features, NDArray[np.float64]]:
    """Pairs in both orders, so that the trees lean to neither side."""
    a, b = draw_pairs(truth, learning.per_subnet, rng)
    first, second = np.concatenate([a, b]), np.concatenate([b, a])
    return learning.join(features[first], features[second]), (truth[first] > truth[second]).astype(np.float64)


def _judge(model: TreeModel, prefer: Prefer, features: Features, split: LearningSplit) -> ComparatorQuality:
    """All pairs of the held-out subnets; their order by mean probability to win against the others."""
    held_out = features[split.judging]
    judged = judge_pairs(lambda a, b: prefer(model, held_out[a], held_out[b]), split.truth[split.judging])
    return ComparatorQuality(
        pair_accuracy=judged.pair_accuracy,
        kendall_tau=judged.kendall_tau,
        held_out_subnets=len(split.judging),
        labelled_subnets=len(split.truth),
        trees=model.trees,
    )
