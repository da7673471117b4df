"""What to rank subnets by: everything learnt on one split, the surrogate that errs less, and reading it back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_json
from facefit.comparator.boosting import SCHEMA as BOOSTING
from facefit.comparator.boosting import BoostingSurrogate
from facefit.comparator.comparator import Comparator
from facefit.comparator.concatenating import ConcatenatingComparator
from facefit.comparator.quality import PairJudgement, judge_values
from facefit.comparator.ridge import RidgeSurrogate
from facefit.comparator.splits import LearningSplit
from facefit.space import SearchSpace
from facefit.space.population import Genes

Surrogate: TypeAlias = RidgeSurrogate | BoostingSurrogate


def fit_surrogate(
    space: SearchSpace, genes: Genes, accuracy: NDArray[np.floating], rng: np.random.Generator
) -> Surrogate:
    """Fits both surrogates on the same splits and returns the one of smaller error on held-out subnets.

    Genes are uint8 (n, 1 + positions), accuracy (n,) in any unit. Raises `InputError` on fewer than 20 labels.
    """
    own = _of_one_seed(rng)
    return _learn_surrogate(LearningSplit.of(space, genes, accuracy, own), own)[0]


@dataclass(frozen=True, slots=True)
class Rankings:
    """All that can rank subnets, judged on the same subnets held out: the comparators' `quality` says how, and for the
    surrogate `surrogate_judged`, of `kendall_tau` NaN where it predicted one value for all."""

    surrogate: Surrogate
    comparator: Comparator
    concatenating: ConcatenatingComparator
    surrogate_judged: PairJudgement


def fit_rankings(
    space: SearchSpace, genes: Genes, accuracy: NDArray[np.floating], rng: np.random.Generator
) -> Rankings:
    """Fits everything on one split of the labels; the surrogate is the one that `fit_surrogate` gives.

    Genes are uint8 (n, 1 + positions), accuracy (n,) in any unit. Raises `InputError` on fewer than 20 labels, or if
    those held out are all equally accurate.
    """
    own = _of_one_seed(rng)
    split = LearningSplit.of(space, genes, accuracy, own)
    surrogate, predicted = _learn_surrogate(split, own)
    return Rankings(
        surrogate,
        Comparator.learn(split, own),
        ConcatenatingComparator.learn(split, own),
        judge_values(predicted, split.truth[split.judging]),
    )


def _of_one_seed(rng: np.random.Generator) -> np.random.Generator:
    """A generator of its own: what the caller draws next does not depend on how much fitting draws."""
    return np.random.default_rng(int(rng.integers(2**31)))


def _learn_surrogate(split: LearningSplit, rng: np.random.Generator) -> tuple[Surrogate, NDArray[np.float64]]:
    """The better surrogate, and what it predicted for the subnets held out before it learnt from them."""
    candidates: list[tuple[Surrogate, NDArray[np.float64]]] = [
        RidgeSurrogate.learn(split),
        BoostingSurrogate.learn(split, rng),
    ]
    return min(candidates, key=lambda candidate: candidate[0].rmse)


def load_surrogate(path: Path, space: SearchSpace | None = None) -> Surrogate:
    """Reads either surrogate; raises `ArtifactError` if the file is damaged, another schema, or for another space."""
    schema = read_json(path, "an accuracy surrogate written by facefit").get("schema")
    return BoostingSurrogate.load(path, space) if schema == BOOSTING else RidgeSurrogate.load(path, space)
