"""Once-for-all's evolution, run from its own repository on our lookup tables."""

from __future__ import annotations

import contextlib
import itertools
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from their_code import their_module
from their_predictor import TheirPredictor, archs

from facefit.search import Limit, latency_limits
from facefit.search.starts import Starts
from facefit.space import SearchSpace, subnet_from_config
from facefit.space.costs import LargestSum
from facefit.space.population import Genes, encode


class TableLatency:
    """Their interface of an efficiency predictor on our lookup tables.

    Gives up if by the deadline fewer subnets were within the limit than are `wanted`: the first population, which is
    drawn by rejection.
    """

    def __init__(
        self, space: SearchSpace, latency: LargestSum, limit_ms: float, wanted: int, deadline_s: float
    ) -> None:
        self._space, self._sums = space, [(fixed.tolist(), blocks.tolist()) for fixed, blocks in latency.sums]
        self._limit_ms, self._wanted, self._deadline = limit_ms, wanted, time.monotonic() + deadline_s

    def get_efficiency(self, arch: dict[str, Any]) -> float:
        if self._wanted > 0 and time.monotonic() > self._deadline:
            raise TimeoutError
        latency_ms = self._latency_ms(arch)
        self._wanted -= latency_ms <= self._limit_ms
        return latency_ms

    def _latency_ms(self, arch: dict[str, Any]) -> float:
        space, depth = self._space, self._space.max_depth
        r = space.resolutions.index(arch["image_size"])
        totals = [fixed[r] for fixed, _ in self._sums]
        for p, (kernel, expand) in enumerate(zip(arch["ks"], arch["e"], strict=True)):
            if p % depth < arch["d"][p // depth]:
                choice = space.kernels.index(kernel) * len(space.expands) + space.expands.index(expand)
                totals = [t + blocks[r][p][1 + choice] for t, (_, blocks) in zip(totals, self._sums, strict=True)]
        return float(max(totals))


@dataclass(frozen=True)
class TheirSearch:
    """Once-for-all's evolution within limits on latency.

    Its first population is drawn by rejection, which hardly ever ends under a tight limit. When the deadline has passed
    it starts anew from subnets that we draw within the limit; other seeds then do so at once for these latencies and
    this limit.
    """

    clone: Path
    deadline_s: float
    _late: set[tuple[bytes, float]] = field(default_factory=set)

    def __call__(
        self, predictor: TheirPredictor, latency: LargestSum, limit_ms: float, seed: int
    ) -> tuple[Genes, float, bool]:
        """Finalists, best first, (m, 1 + positions), the seconds it took, and whether the start was ours; of two runs
        only the second is timed."""
        key = b"".join(costs.tobytes() for table in latency.sums for costs in table), limit_ms
        if key not in self._late:
            try:
                return *self._evolve(predictor, latency, limit_ms, seed, ours=False), False
            except TimeoutError:
                self._late.add(key)
        return *self._evolve(predictor, latency, limit_ms, seed, ours=True), True

    def _evolve(
        self, predictor: TheirPredictor, latency: LargestSum, limit_ms: float, seed: int, ours: bool
    ) -> tuple[Genes, float]:
        finder = their_module(self.clone, "ofa.nas.search_algorithm.evolution").EvolutionFinder
        _seed(seed)
        rated = Rated(predictor)
        evolution = finder(None, rated)
        wanted = 0 if ours else evolution.population_size
        evolution.efficiency_predictor = TableLatency(predictor.space, latency, limit_ms, wanted, self.deadline_s)
        if ours:
            start_within(evolution, predictor.space, latency_limits(latency, limit_ms), seed)
        started = time.perf_counter()
        with contextlib.redirect_stdout(sys.stderr), torch.no_grad():
            _, (_, arch, _) = evolution.run_evolution_search(limit_ms, verbose=False)
        seconds = time.perf_counter() - started
        return rated.finalists(arch), seconds


class Rated:
    """Their predictor, which keeps what it rated: their evolution tells its best alone, and others may be needed."""

    def __init__(self, predictor: TheirPredictor) -> None:
        self._space, self._network = predictor.space, predictor.network
        self.arch_encoder = predictor.network.arch_encoder
        self._rated: list[tuple[list[dict[str, Any]], Any]] = []

    def predict_acc(self, several: list[dict[str, Any]]) -> Any:
        accuracy = self._network.predict_acc(several)
        self._rated.append((several, accuracy))
        return accuracy

    def finalists(self, best: dict[str, Any], at_most: int = 16) -> Genes:
        """The best, and the next best of all that were rated."""
        rated = [arch for several, _ in self._rated for arch in several]
        accuracy = np.concatenate([values.reshape(-1).numpy() for _, values in self._rated])
        found = {bytes(genes): genes for genes in _genes(self._space, best)}
        for number in np.argsort(-accuracy, kind="stable"):
            if len(found) == at_most:
                break
            (genes,) = _genes(self._space, rated[number])
            found.setdefault(bytes(genes), genes)
        return np.stack(list(found.values()))


def start_within(evolution: Any, space: SearchSpace, limits: Sequence[Limit], seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = archs(space, Starts(space, limits).draw(evolution.population_size, rng))
    # Again from the first where there are fewer than a population: rejection would draw some of them twice as well.
    samples = itertools.cycle([(arch, evolution.efficiency_predictor.get_efficiency(arch)) for arch in drawn])
    evolution.random_valid_sample = lambda constraint: next(samples)


def _seed(seed: int) -> None:
    """Their code draws from all three."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _genes(space: SearchSpace, arch: dict[str, Any]) -> Genes:
    config = {"ks": arch["ks"], "e": arch["e"], "d": arch["d"], "r": [arch["image_size"]], "wid": None}
    return encode(space, [subnet_from_config(space, config)])
