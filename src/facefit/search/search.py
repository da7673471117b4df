"""The search: from a comparator, a device profile and limits to the subnet to use."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facefit.comparator import AccuracySurrogate, ByAccuracy, Preference
from facefit.errors import InputError
from facefit.search.evolution import EvolutionSettings, Evolved, ShouldStop, evolve
from facefit.search.limits import Limit, Table
from facefit.search.result import Finalist, SearchResult, pareto_front
from facefit.space import SearchSpace
from facefit.space.population import Genes, additive_cost, decode


class LatencySource(Protocol):
    """Whatever knows the latency of each layer on the device, such as a `DeviceProfile`."""

    def latency_table(self, space: SearchSpace) -> Table:
        """Latency in ms of the fixed layers (resolutions,) and of each gene (resolutions, positions, 1 + choices)."""
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

    `limit_ms` bounds the latency by the profile's table; further `limits` (see `parameter_limit`, `mac_limit`) hold
    as well. The same seed gives the same result. `should_stop` is asked once a generation; it or Ctrl-C ends the
    search with the best so far. Raises `LimitError` at once for limits that no subnet keeps.
    """
    for model in (comparator, surrogate):
        if model is not None and model.space != space:
            raise InputError(f"search: the space is {space.name}, a model is for {model.space.name}; fit one for it")
    if finalists < 1:
        raise InputError(f"search: {finalists} finalists wanted, expected at least 1")
    started = time.perf_counter()
    table = profile.latency_table(space)
    latency = [] if limit_ms is None else [Limit("latency", "ms", table, limit_ms)]
    counted = _Counted(comparator.remembering() if isinstance(comparator, ByAccuracy) else comparator)
    found = evolve(
        space,
        counted.prefer,
        [*latency, *limits],
        np.random.default_rng(seed),
        settings or EvolutionSettings(),
        finalists,
        should_stop,
    )
    seconds = time.perf_counter() - started
    return _result(space, found, table, surrogate, limit_ms, seconds, counted.comparisons)


class _Counted:
    """Counts the comparisons that go through it."""

    def __init__(self, comparator: Preference) -> None:
        self._comparator = comparator
        self.comparisons = 0

    def prefer(self, a: Genes, b: Genes) -> NDArray[np.float64]:
        self.comparisons += len(a)
        return self._comparator.prefer(a, b)


def _result(
    space: SearchSpace,
    found: Evolved,
    table: Table,
    surrogate: AccuracySurrogate | None,
    limit_ms: float | None,
    seconds: float,
    comparisons: int,
) -> SearchResult:
    latency_ms = additive_cost(found.finalists, table)
    accuracy = surrogate.predict_accuracy(found.finalists) if surrogate else np.full(len(latency_ms), np.nan)
    searched_ms = additive_cost(found.searched, table)
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
