"""The search: from a comparator, a device profile and limits to the subnet to use."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facefit.comparator import AccuracySurrogate, ByAccuracy, Preference, RidgeSurrogate
from facefit.comparator.quality import PreferPairs
from facefit.comparator.splits import Indices
from facefit.errors import InputError, LimitError
from facefit.search.anytime import finished
from facefit.search.evolution import EvolutionSettings, Evolved, ShouldStop, evolve
from facefit.search.exact import best_of_chain
from facefit.search.limits import Limit, latency_limits, within
from facefit.search.result import Finalist, SearchResult, pareto_front
from facefit.space import SearchSpace
from facefit.space.costs import LargestSum
from facefit.space.population import Genes, decode


class LatencySource(Protocol):
    """Whatever knows the latency of each layer on the device, such as a `DeviceProfile`."""

    def latency(self, space: SearchSpace) -> LargestSum:
        """Latency of subnets in ms."""
        ...


def search(
    space: SearchSpace,
    comparator: Preference,
    profile: LatencySource,
    limit_ms: float | None = None,
    *,
    seed: int = 0,
    limits: Sequence[Limit] = (),
    surrogate: AccuracySurrogate | None = None,
    settings: EvolutionSettings | None = None,
    finalists: int = 16,
    should_stop: ShouldStop = lambda: False,
) -> SearchResult:
    """Finds the subnet that the comparator prefers among those within the limits.

    `limit_ms` bounds the latency by the profile; further `limits` (see `parameter_limit`, `mac_limit`) hold
    as well. Where ridge regression ranks, the exact optimum within the latency is in the first generation, if it keeps
    all limits. The same seed gives the same result. `should_stop` is asked once a generation; it or Ctrl-C ends the
    search with the best so far. Raises `LimitError` at once for limits that no subnet keeps.
    """
    for model in (comparator, surrogate):
        if model is not None and model.space != space:
            raise InputError(f"search: the space is {space.name}, a model is for {model.space.name}; fit one for it")
    if finalists < 1:
        raise InputError(f"search: {finalists} finalists wanted, expected at least 1")
    started = time.perf_counter()
    latency = profile.latency(space)
    in_time = () if limit_ms is None else latency_limits(latency, limit_ms)
    known = _optimum(space, comparator, in_time, [*in_time, *limits])
    if isinstance(comparator, ByAccuracy):
        remembering = comparator.remembering()
        if surrogate is comparator.surrogate:
            surrogate = remembering.surrogate
        comparator = remembering
    counted = _Counted(comparator)
    found = evolve(
        space,
        counted.among,
        [*in_time, *limits],
        np.random.default_rng(seed),
        settings or EvolutionSettings(),
        finalists,
        should_stop,
        known,
    )
    seconds = time.perf_counter() - started
    result, asked = finished(lambda: _result(space, found, latency, surrogate, limit_ms, seconds, counted.comparisons))
    return replace(result, stopped_early=result.stopped_early or asked)


def _optimum(
    space: SearchSpace, comparator: Preference, in_time: Sequence[Limit], limits: Sequence[Limit]
) -> Genes | None:
    """The best subnets within one sum of the latency each, where their value adds up along the chain of blocks: one
    that keeps all limits is the best there is."""
    if not (isinstance(comparator, ByAccuracy) and isinstance(comparator.surrogate, RidgeSurrogate) and in_time):
        return None
    chain = comparator.surrogate.chain()
    try:
        best = np.concatenate([best_of_chain(space, chain, limit) for limit in in_time])
    except LimitError:  # the evolution says which subnet comes nearest
        return None
    return best[within(limits, best)]


class _Counted:
    """Counts the comparisons that go through it."""

    def __init__(self, comparator: Preference) -> None:
        self._comparator = comparator
        self.comparisons = 0

    def among(self, genes: Genes) -> PreferPairs:
        prefer = self._comparator.among(genes)

        def counted(a: Indices, b: Indices) -> NDArray[np.float64]:
            self.comparisons += len(a)
            return prefer(a, b)

        return counted


def _result(
    space: SearchSpace,
    found: Evolved,
    latency: LargestSum,
    surrogate: AccuracySurrogate | None,
    limit_ms: float | None,
    seconds: float,
    comparisons: int,
) -> SearchResult:
    latency_ms = latency.of(found.finalists)
    accuracy = surrogate.predict_accuracy(found.finalists) if surrogate else np.full(len(latency_ms), np.nan)
    searched_ms = latency.of(found.searched)
    searched_accuracy = surrogate.predict_accuracy(found.searched) if surrogate else None
    rows = zip(decode(space, found.finalists), found.finalists, latency_ms, accuracy, strict=True)
    return SearchResult(
        finalists=tuple(Finalist(s, g, float(ms), float(a) if surrogate else None) for s, g, ms, a in rows),
        limit_ms=limit_ms,
        seconds=seconds,
        generations=found.generations,
        stopped_early=found.stopped_early,
        comparisons=comparisons,
        searched=found.searched,
        searched_ms=searched_ms,
        searched_accuracy=searched_accuracy,
        accuracy_rmse=surrogate.rmse if surrogate else None,
        front=pareto_front(searched_ms, searched_accuracy) if searched_accuracy is not None else np.zeros(0, np.intp),
    )
