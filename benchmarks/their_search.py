"""Once-for-all's evolution, run from its own repository on our lookup tables."""

from __future__ import annotations

import contextlib
import itertools
import random
import sys
import time
from collections.abc import Sequence
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


def search_theirs(
    clone: Path, predictor: TheirPredictor, latency: LargestSum, limit_ms: float, seed: int, deadline_s: float
) -> tuple[Genes, float, bool]:
    """The row of genes found, (1, 1 + positions), the seconds it took, and whether the start was ours.

    Their first population is drawn by rejection, which never ends under a tight limit: when the deadline has passed it
    starts anew from subnets that we draw within the limit, and only that second run is timed.
    """
    finder = their_module(clone, "ofa.nas.search_algorithm.evolution").EvolutionFinder
    for ours in (False, True):
        _seed(seed)
        evolution = finder(None, predictor.network)
        wanted = 0 if ours else evolution.population_size
        evolution.efficiency_predictor = TableLatency(predictor.space, latency, limit_ms, wanted, deadline_s)
        if ours:
            start_within(evolution, predictor.space, latency_limits(latency, limit_ms), seed)
        started = time.perf_counter()
        try:
            with contextlib.redirect_stdout(sys.stderr), torch.no_grad():
                _, (_, arch, _) = evolution.run_evolution_search(limit_ms, verbose=False)
        except TimeoutError:
            continue
        return _genes(predictor.space, arch), time.perf_counter() - started, ours
    raise AssertionError("the second run needs no rejection, and so has no deadline")


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
