"""Networks side by side on one device: latencies, and ratios to one of them with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from facefit.device.backend import Backend, as_part, time_rounds
from facefit.device.costs import count_costs
from facefit.device.timing import Progress, Protocol, Timing
from facefit.errors import InputError


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One network. `ratio` is the median over passes of its latency to the baseline's; `ratio_low` and `ratio_high`
    bound that median with 95 % confidence. `spread_percent` is that of `Timing`. `parameters` are the float weights in
    the file, batch norm folded."""

    name: str
    ms: float
    spread_percent: float
    passes: int
    ratio: float
    ratio_low: float
    ratio_high: float
    parameters: int
    macs: int
    size_bytes: int


def compare(
    models: Mapping[str, bytes],
    backend: Backend,
    *,
    baseline: str,
    rng: np.random.Generator,
    protocol: Protocol | None = None,
    rounds: int = 6,
    at_least_s: float = 5.0,
    group_bytes: int = 1 << 28,
    progress: Progress | None = None,
) -> list[BenchRow]:
    """Times sound TFLite files in interleaved bursts (see `time_rounds`); rows in the order of the models.

    A small board cannot hold all of them: they are timed in groups of at most `group_bytes`, one after another, and
    the baseline in each of them, so that every ratio is of bursts next to each other. Raises `InputError` if the
    baseline is not among the models, `ArtifactError` if the runtime refuses one.
    """
    if baseline not in models:
        raise InputError(f"baseline '{baseline}' is not among the models: {', '.join(models)}")
    groups = _groups(models, baseline, group_bytes)
    rows: dict[str, BenchRow] = {}
    for i, group in enumerate(groups):
        timings = time_rounds(
            backend,
            group,
            rng,
            protocol=protocol,
            rounds=rounds,
            at_least_s=at_least_s / len(groups),
            progress=progress and as_part(progress, i, len(groups)),
        )
        rows |= {name: _row(name, data, timings[name], timings[baseline]) for name, data in group.items()}
    return [rows[name] for name in models]


def _groups(models: Mapping[str, bytes], baseline: str, limit_bytes: int) -> list[dict[str, bytes]]:
    """At least one model besides the baseline in each group."""
    groups = [{baseline: models[baseline]}]
    for name, data in models.items():
        if name == baseline:
            continue
        if len(groups[-1]) > 1 and sum(map(len, groups[-1].values())) + len(data) > limit_bytes:
            groups.append({baseline: models[baseline]})
        groups[-1][name] = data
    return groups


def median_interval(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    """Bounds of the median with at least 95 % confidence, free of any distribution (or the extremes if too few).

    The k-th smallest and k-th largest value enclose the median unless fewer than k values lie on one side of it,
    and that number is binomial with probability 1/2.
    """
    n, k, tail = len(values), 0, 0.0
    while k < n // 2 and (tail := tail + math.comb(n, k) / 2**n) <= 0.025:
        k += 1
    ordered = np.sort(values)
    k = max(k, 1)
    return float(ordered[k - 1]), float(ordered[n - k])


def _row(name: str, data: bytes, timing: Timing, baseline: Timing) -> BenchRow:
    ratios = np.array(timing.passes_ms) / np.array(baseline.passes_ms)
    low, high = median_interval(ratios)
    costs = count_costs(data)
    return BenchRow(
        name=name,
        ms=timing.ms,
        spread_percent=timing.spread_percent,
        passes=len(timing.passes_ms),
        ratio=float(np.median(ratios)),
        ratio_low=low,
        ratio_high=high,
        parameters=costs.parameters,
        macs=costs.macs,
        size_bytes=len(data),
    )
