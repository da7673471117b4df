"""What stands between once-for-all's evolution and our tables."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import their_search
import torch
from device_profiles import made_up_profile
from spaces import tiny_space
from their_predictor import archs
from their_search import TableLatency, TheirSearch, start_within

from facefit.search import fastest_subnet, latency_limits
from facefit.space.costs import LargestSum
from facefit.space.population import encode, sample

SPACE = tiny_space()
LATENCY = made_up_profile(SPACE).latency(SPACE)
GENES = sample(SPACE, 100, np.random.default_rng(1))


def test_the_deadline_is_for_the_first_population_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    genes = sample(SPACE, 40, np.random.default_rng(0))
    costs = LATENCY.of(genes)
    limit_ms = float(np.median(costs))
    inside, outside = (archs(SPACE, genes[kept]) for kept in (costs <= limit_ms, costs > limit_ms))
    for drawn, late in ((inside[:2], False), (inside[:1] + outside, True)):
        now[0] = 0.0
        table = TableLatency(SPACE, LATENCY, limit_ms, wanted=2, deadline_s=10.0)
        assert [table.get_efficiency(arch) for arch in drawn] == pytest.approx(
            [LATENCY.of(genes)[archs(SPACE, genes).index(arch)] for arch in drawn]
        )
        now[0] = 11.0
        if late:
            with pytest.raises(TimeoutError):
                table.get_efficiency(inside[0])
        else:
            assert table.get_efficiency(inside[0]) > 0


def test_a_population_is_filled_though_fewer_subnets_keep_the_limit() -> None:
    fastest, least_ms = fastest_subnet(SPACE, LATENCY)
    table = TableLatency(SPACE, LATENCY, least_ms, 0, 1.0)
    evolution = SimpleNamespace(population_size=5, efficiency_predictor=table)
    start_within(evolution, SPACE, latency_limits(LATENCY, least_ms), seed=0)
    (expected,) = archs(SPACE, encode(SPACE, [fastest]))
    for _ in range(evolution.population_size):
        arch, ms = evolution.random_valid_sample(least_ms)
        assert arch == expected and ms == pytest.approx(least_ms)


class Encoder:
    """Draws subnets of the tiny space, in once-for-all's form."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def random_sample_arch(self) -> dict[str, Any]:
        return archs(SPACE, sample(SPACE, 1, self.rng))[0]


class Finder:
    """In place of their evolution: the best of a population that is drawn by rejection, after their interface."""

    population_size = 8

    def __init__(self, efficiency_predictor: Any, accuracy_predictor: Any) -> None:
        self.efficiency_predictor, self.accuracy_predictor = efficiency_predictor, accuracy_predictor

    def random_valid_sample(self, limit_ms: float) -> tuple[dict[str, Any], float]:
        while True:
            arch = self.accuracy_predictor.arch_encoder.random_sample_arch()
            if (ms := self.efficiency_predictor.get_efficiency(arch)) <= limit_ms:
                return arch, ms

    def run_evolution_search(self, limit_ms: float, verbose: bool) -> tuple[list[float], tuple[Any, ...]]:
        drawn = [self.random_valid_sample(limit_ms) for _ in range(self.population_size)]
        accuracy = self.accuracy_predictor.predict_acc([arch for arch, _ in drawn])
        best = int(accuracy.argmax())
        return [float(accuracy[best])], (float(accuracy[best]), *drawn[best])


def ranked(several: list[dict[str, Any]]) -> torch.Tensor:
    """Wider blocks are better."""
    return torch.tensor([float(sum(arch["e"]) + arch["image_size"]) for arch in several])


@pytest.fixture
def predictor(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(their_search, "their_module", lambda *_: SimpleNamespace(EvolutionFinder=Finder))
    return SimpleNamespace(space=SPACE, network=SimpleNamespace(arch_encoder=Encoder(), predict_acc=ranked))


def test_others_than_its_best_are_finalists_in_the_order_of_its_predictor(predictor: Any) -> None:
    limit_ms = float(np.median(LATENCY.of(GENES)))
    genes, seconds, ours = TheirSearch(Path(), 10.0)(predictor, LATENCY, limit_ms, seed=0)
    assert not ours and seconds > 0 and 2 < len(genes) <= Finder.population_size
    rated = ranked(archs(SPACE, genes)).numpy()
    assert (np.diff(rated) <= 0).all() and (LATENCY.of(genes) <= limit_ms).all()
    assert len(np.unique(genes, axis=0)) == len(genes)


def test_one_seed_waits_for_the_deadline_and_others_do_not(predictor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))  # a second for each subnet that is drawn
    (_, least_ms), median_ms = fastest_subnet(SPACE, LATENCY), float(np.median(LATENCY.of(GENES)))
    slower = LargestSum(tuple((2 * fixed, 2 * blocks) for fixed, blocks in LATENCY.sums))
    search = TheirSearch(Path(), deadline_s=200.0)

    def waited(latency: LargestSum, limit_ms: float, seed: int) -> tuple[float, bool]:
        began = next(now)
        genes, _, ours = search(predictor, latency, limit_ms, seed)
        assert (latency.of(genes) <= limit_ms * (1 + 1e-9)).all()
        return next(now) - began, ours

    seconds, ours = waited(LATENCY, least_ms, 0)  # hardly a draw is within it
    assert ours and seconds > 200
    seconds, ours = waited(made_up_profile(SPACE).latency(SPACE), least_ms, 1)
    assert ours and seconds < 20
    assert not waited(LATENCY, median_ms, 1)[1]  # within another limit it is tried, and on another profile
    seconds, ours = waited(slower, 2 * least_ms, 1)
    assert ours and seconds > 200
