"""Once-for-all's accuracy predictor and evolution, run from its own repository on our labels and lookup tables.

Training: its repository has the network and the data loader (a fifth of the labels validates, batches of 256, the mean
accuracy as the output's bias), and its author tells the rest: Adam, learning rate 1e-3, weight decay 1e-4, accuracies
in 0..1 (github.com/mit-han-lab/once-for-all/issues/30). The number of epochs is not told: we stop when the error on its
fifth has not fallen for a while, and keep the best.
"""

from __future__ import annotations

import contextlib
import copy
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from their_code import their_module

from facefit.search import Limit, latency_limits
from facefit.search.starts import Starts
from facefit.space import SearchSpace, subnet_from_config, subnet_to_config
from facefit.space.costs import LargestSum
from facefit.space.population import Genes, decode, encode

LEARNING_RATE, WEIGHT_DECAY, BATCH = 1e-3, 1e-4, 256
MOST_EPOCHS, PATIENCE = 400, 40


class TheirPredictor:
    """`AccuracyPredictor` behind our interface; genes are uint8 (n, 1 + positions), accuracies in 0..1."""

    def __init__(self, clone: Path, space: SearchSpace) -> None:
        theirs = their_module(clone, "ofa.nas.accuracy_predictor")
        encoder = theirs.MobileNetArchEncoder(
            list(space.resolutions), list(space.kernels), list(space.expands), list(space.depths), len(space.groups)
        )
        self.space, self.rmse = space, float("nan")
        self.network: Any = theirs.AccuracyPredictor(encoder, device="cpu")

    def fit(self, genes: Genes, accuracy: NDArray[np.float64], seed: int) -> TheirPredictor:
        torch.manual_seed(seed)
        features = np.array([self.network.arch_encoder.arch2feature(arch) for arch in archs(self.space, genes)])
        x, y = torch.tensor(features, dtype=torch.float), torch.tensor(accuracy, dtype=torch.float)
        order = torch.randperm(len(x))
        fitting, validating = order[: len(x) // 5 * 4], order[len(x) // 5 * 4 :]
        self.network.base_acc.data.fill_(float(y.mean()))
        optimiser = torch.optim.Adam(self.network.layers.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        best, kept, waited = float("inf"), self.network.state_dict(), 0
        for _ in range(MOST_EPOCHS):
            for batch in fitting[torch.randperm(len(fitting))].split(BATCH):  # type: ignore[no-untyped-call]
                optimiser.zero_grad()
                torch.nn.functional.mse_loss(self.network(x[batch]).reshape(-1), y[batch]).backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            with torch.no_grad():
                error = float(torch.nn.functional.mse_loss(self.network(x[validating]).reshape(-1), y[validating]))
            best, kept, waited = (
                (error, copy.deepcopy(self.network.state_dict()), 0) if error < best else (best, kept, waited + 1)
            )
            if waited == PATIENCE:
                break
        self.network.load_state_dict(kept)
        self.rmse = best**0.5
        return self

    def predict_accuracy(self, genes: Genes) -> NDArray[np.float64]:
        with torch.no_grad():
            predicted = self.network.predict_acc(archs(self.space, genes)).reshape(-1)
        return np.asarray(predicted.numpy(), np.float64)


class TableLatency:
    """Their interface of an efficiency predictor on our lookup tables; gives up after the deadline."""

    def __init__(self, space: SearchSpace, latency: LargestSum, deadline_s: float) -> None:
        self._space, self._sums = space, [(fixed.tolist(), blocks.tolist()) for fixed, blocks in latency.sums]
        self._deadline = time.monotonic() + deadline_s

    def get_efficiency(self, arch: dict[str, Any]) -> float:
        if time.monotonic() > self._deadline:
            raise TimeoutError
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
        evolution = finder(TableLatency(predictor.space, latency, deadline_s), predictor.network)
        if ours:
            _start_within(evolution, predictor.space, latency_limits(latency, limit_ms), seed)
            evolution.efficiency_predictor = TableLatency(predictor.space, latency, float("inf"))
        started = time.perf_counter()
        try:
            with contextlib.redirect_stdout(sys.stderr), torch.no_grad():
                _, (_, arch, _) = evolution.run_evolution_search(limit_ms, verbose=False)
        except TimeoutError:
            continue
        return _genes(predictor.space, arch), time.perf_counter() - started, ours
    raise AssertionError("the second run has no deadline")


def _start_within(evolution: Any, space: SearchSpace, limits: Sequence[Limit], seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = archs(space, Starts(space, limits).draw(evolution.population_size, rng))
    samples = iter([(arch, evolution.efficiency_predictor.get_efficiency(arch)) for arch in drawn])
    evolution.random_valid_sample = lambda constraint: next(samples)


def _seed(seed: int) -> None:
    """Their code draws from all three."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def archs(space: SearchSpace, genes: Genes) -> list[dict[str, Any]]:
    """Subnets in their form."""
    return [_arch(subnet_to_config(space, subnet)) for subnet in decode(space, genes)]


def _arch(config: dict[str, Any]) -> dict[str, Any]:
    return {"ks": config["ks"], "e": config["e"], "d": config["d"], "image_size": config["r"][0]}


def _genes(space: SearchSpace, arch: dict[str, Any]) -> Genes:
    config = {"ks": arch["ks"], "e": arch["e"], "d": arch["d"], "r": [arch["image_size"]], "wid": None}
    return encode(space, [subnet_from_config(space, config)])
