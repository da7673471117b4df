"""What stands between once-for-all's evolution and our tables."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
from device_profiles import made_up_profile
from spaces import tiny_space
from their_predictor import archs
from their_search import TableLatency, start_within

from facefit.search import fastest_subnet, latency_limits
from facefit.space.population import encode, sample

SPACE = tiny_space()
LATENCY = made_up_profile(SPACE).latency(SPACE)


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
