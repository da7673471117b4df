"""The methods that table 3 compares: each learns from labels once a seed, then searches within a limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from their_search import TheirPredictor, search_theirs

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

OURS, THEIRS = "ours", "once-for-all"
PAPER_SIZE = EvolutionSettings(population=100, parents=25, generations=500)
"""Once-for-all's sizes, which the paper keeps."""
LONG = EvolutionSettings(population=2048, parents=512, generations=200)


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


def theirs(clone: Path, deadline_s: float) -> Method:
    def learn(labels: Labels, seed: int) -> Search:
        predictor = TheirPredictor(clone, labels.space).fit(labels.genes, labels.accuracy, seed)

        def run(latency: LargestSum, limit_ms: float, seed: int) -> Found:
            return Found(*search_theirs(clone, predictor, latency, limit_ms, seed, deadline_s))

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
    """The exact optimum of the ridge surrogate."""
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
    """All by name; 'ours' is what `facefit compare` and `facefit search` do by default."""
    return {
        THEIRS: theirs(clone, deadline_s),
        "paper": by_evolution(lambda x, rng: ConcatenatingComparator.fit(*_data(x), rng), PAPER_SIZE),
        "antisymmetric comparator": by_evolution(lambda x, rng: Comparator.fit(*_data(x), rng)),
        "boosting": by_evolution(lambda x, rng: ByAccuracy(BoostingSurrogate.fit(*_data(x), rng))),
        "ridge, exact": by_dynamic_programming,
        OURS: by_evolution(lambda x, rng: ByAccuracy(fit_surrogate(*_data(x), rng))),
    }


def long_search(labels: Labels, latency: LargestSum, limit_ms: float, seed: int, finalists: int) -> Genes:
    """Candidates for the best there is: finalists of long searches by two surrogates, and the best labels within."""
    rng, rows = np.random.default_rng(seed), []
    for surrogate in (BoostingSurrogate.fit(*_data(labels), rng), RidgeSurrogate.fit(*_data(labels), rng)):
        preference = ByAccuracy(surrogate)
        found = search(
            labels.space, preference, AsProfile(latency), limit_ms, seed=seed, settings=LONG, finalists=finalists
        )
        rows += [finalist.genes for finalist in found.finalists]
    in_time = labels.where(latency.of(labels.genes) <= limit_ms)
    best = np.argsort(-in_time.right, kind="stable")[:finalists]
    return np.unique(np.concatenate([np.stack(rows), in_time.genes[best]]), axis=0)


def _data(labels: Labels) -> tuple[SearchSpace, Genes, NDArray[np.float64]]:
    return labels.space, labels.genes, labels.accuracy
