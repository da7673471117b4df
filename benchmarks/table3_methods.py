"""The methods that table 3 compares: each learns from labels once a seed, then searches within a limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from their_predictor import TheirPredictor
from their_search import TheirSearch

from facefit.comparator import (
    BoostingSurrogate,
    ByAccuracy,
    Chain,
    Comparator,
    ConcatenatingComparator,
    Preference,
    RidgeSurrogate,
    fit_surrogate,
)
from facefit.labels.store import Labels
from facefit.search import EvolutionSettings, Limit, best_of_chain, latency_limits, search
from facefit.search.limits import within
from facefit.space import SearchSpace
from facefit.space.costs import LargestSum
from facefit.space.population import Genes

OURS, THEIRS, PAPER = "ours", "once-for-all", "paper, even starts"
PAPER_SIZES = EvolutionSettings(population=100, parents=25, generations=500, parted_share=0.0)
"""Once-for-all's sizes, which the paper keeps. All parents are chosen together, as there, but the first generation is
ours: as many of each resolution, uniform within the limit."""


@dataclass(frozen=True)
class Found:
    """Finalists, best first, (m, 1 + positions); seconds of the search; whether once-for-all was started by us."""

    finalists: Genes
    seconds: float
    helped: bool = False


Search = Callable[[LargestSum, float, int], Found]
"""From latencies, a limit in ms and a seed to what was found."""


class Method(Protocol):
    """Learns from labels with a seed, and returns what searches."""

    def __call__(self, labels: Labels, seed: int) -> Search: ...


class AsProfile:
    """Latencies where a profile is asked for."""

    def __init__(self, latency: LargestSum) -> None:
        self._latency = latency

    def latency(self, space: object) -> LargestSum:
        return self._latency


class Alone:
    """A surrogate that the search does not know for a ridge, so that its evolution begins without the optimum."""

    def __init__(self, surrogate: RidgeSurrogate) -> None:
        self.space, self.rmse, self.predict_accuracy = surrogate.space, surrogate.rmse, surrogate.predict_accuracy


def theirs(clone: Path, deadline_s: float) -> Method:
    search_theirs = TheirSearch(clone, deadline_s)

    def learn(labels: Labels, seed: int) -> Search:
        predictor = TheirPredictor(clone, labels.space).fit(labels.genes, labels.accuracy, seed)

        def run(latency: LargestSum, limit_ms: float, seed: int) -> Found:
            return Found(*search_theirs(predictor, latency, limit_ms, seed))

        return run

    return learn


def by_evolution(
    fit: Callable[[Labels, np.random.Generator], Preference], settings: EvolutionSettings | None = None
) -> Method:
    """Our evolution with any preference."""

    def learn(labels: Labels, seed: int) -> Search:
        preference = fit(labels, np.random.default_rng(seed))

        def run(latency: LargestSum, limit_ms: float, seed: int) -> Found:
            found = search(labels.space, preference, AsProfile(latency), limit_ms, seed=seed, settings=settings)
            return Found(np.stack([finalist.genes for finalist in found.finalists]), found.seconds)

        return run

    return learn


def by_dynamic_programming(labels: Labels, seed: int) -> Search:
    """The optimum of the ridge surrogate: exact, up to a grid, where latency is one sum, or the optimum within one of
    its sums keeps the others; else the best within limits that are made tighter."""
    chain = RidgeSurrogate.fit(labels.space, labels.genes, labels.accuracy, np.random.default_rng(seed)).chain()

    def run(latency: LargestSum, limit_ms: float, seed: int) -> Found:
        started = time.perf_counter()
        genes = _optimum(labels.space, chain, latency_limits(latency, limit_ms))
        return Found(genes, time.perf_counter() - started)

    return run


def _optimum(space: SearchSpace, chain: Chain, limits: Sequence[Limit]) -> Genes:
    """The optimum within one of the limits is that of all if it keeps all; where none does, limits are tightened."""
    for tighter in 0.99 ** np.arange(20):
        found = [best_of_chain(space, chain, replace(limit, maximum=tighter * limit.maximum)) for limit in limits]
        kept = [genes for genes in found if within(limits, genes).all()]
        if kept:
            return max(kept, key=lambda genes: float(chain.value(genes)[0]))
    raise AssertionError("no optimum of a tighter limit keeps all")


def methods(clone: Path, deadline_s: float) -> dict[str, Method]:
    """All by name; 'ours' is what `facefit compare` and `facefit search` do by default. The paper's comparator searches
    with the paper's sizes, and as `--surrogate concatenating` does."""
    return {
        THEIRS: theirs(clone, deadline_s),
        PAPER: by_evolution(lambda x, rng: ConcatenatingComparator.fit(*learnt_from(x), rng), PAPER_SIZES),
        "concatenating comparator": by_evolution(lambda x, rng: ConcatenatingComparator.fit(*learnt_from(x), rng)),
        "antisymmetric comparator": by_evolution(lambda x, rng: Comparator.fit(*learnt_from(x), rng)),
        "boosting": by_evolution(lambda x, rng: ByAccuracy(BoostingSurrogate.fit(*learnt_from(x), rng))),
        "ridge, evolution": by_evolution(lambda x, rng: ByAccuracy(Alone(RidgeSurrogate.fit(*learnt_from(x), rng)))),
        "ridge, dynamic programming": by_dynamic_programming,
        OURS: by_evolution(lambda x, rng: ByAccuracy(fit_surrogate(*learnt_from(x), rng))),
    }


def learnt_from(labels: Labels) -> tuple[SearchSpace, Genes, NDArray[np.float64]]:
    return labels.space, labels.genes, labels.accuracy
