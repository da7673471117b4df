"""Networks side by side on one device: latencies, and ratios to one of them with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from facefit.device.backend import Backend, time_rounds
from facefit.device.costs import count_costs
from facefit.device.timing import Protocol, Timing
from facefit.errors import InputError
from facefit.graph import efficientnet_b0, emit_tflite


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One network. `ratio` is the median over passes of its latency to the baseline's; `ratio_low` and `ratio_high`
    bound that median with 95 % confidence. `parameters` are the float weights in the file, batch norm folded."""

    name: str
    ms: float
    spread_percent: float
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
    rounds: int = 4,
    at_least_s: float = 5.0,
) -> list[BenchRow]:
    """Times sound TFLite files in interleaved bursts (see `time_rounds`); rows in the order of the models.

    Raises `InputError` if the baseline is not among them, `ArtifactError` if the runtime refuses one.
    """
    if baseline not in models:
        raise InputError(f"baseline '{baseline}' is not among the models: {', '.join(models)}")
    timings = time_rounds(backend, models, rng, protocol=protocol, rounds=rounds, at_least_s=at_least_s)
    return [_row(name, data, timings[name], timings[baseline]) for name, data in models.items()]


def reference_model(resolution: int, rng: np.random.Generator) -> bytes:
    """EfficientNet-B0 with random weights as a TFLite file, the usual baseline."""
    return emit_tflite(efficientnet_b0(resolution, rng))


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
        ratio=float(np.median(ratios)),
        ratio_low=low,
        ratio_high=high,
        parameters=costs.parameters,
        macs=costs.macs,
        size_bytes=len(data),
    )
