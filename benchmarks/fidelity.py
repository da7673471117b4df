"""Predicted against measured latency on random subnets that no fit has seen, quiet or beside a busy process.

Without --profile this machine is profiled first, several times, which also shows how well layers repeat. Each tells its
own error on networks timed in the same bursts, from nearly the smallest to nearly the largest. Then new ones within a
limit are timed minutes later, in the file format that is handed over: what the machine has become slower or faster
meanwhile, EfficientNet-B0 tells.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine
from numpy.typing import NDArray

from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.device import DeviceProfile, LocalBackend, Plan, profile_device, reference_model
from facefit.device.backend import time_rounds
from facefit.device.bench import median_interval
from facefit.fit.wanted import WEIGHTS
from facefit.graph import emit_tflite, network_graph, random_network
from facefit.search import WithinLimit, latency_limits
from facefit.space import SearchSpace, Subnet
from facefit.space.budget import keeps_limit
from facefit.space.costs import LargestSum
from facefit.space.population import Genes, decode

OTHERS = 32
"""Networks that each profile times beside those of its fit: unseen as well, and over the whole space."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, help="a profile of this machine (default: measure some)")
    parser.add_argument("--profiles", type=int, default=4, help="how many to measure")
    parser.add_argument("--subnets", type=int, default=32)
    parser.add_argument("--limit", default="0.6x", help="subnets are drawn uniformly within this limit")
    parser.add_argument("--rounds", type=int, default=6, help="loads of the subnets, each at another place in memory")
    parser.add_argument("--neighbour", action="store_true", help="beside a process at full load on one core")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    bundle, facts = Bundle.load(), dict[str, Any]()
    with busy_neighbour(args.neighbour):
        if args.profile:
            profile = DeviceProfile.load(args.profile)
        else:
            profile, facts = measured(bundle, args.profiles, args.seed)
        errors = judged(bundle, profile, args.subnets, args.limit, args.rounds, np.random.default_rng(args.seed))
    given = {"seed": args.seed, "subnets": args.subnets, "limit": args.limit, "neighbour": args.neighbour}
    print(json.dumps(given | {"machine": machine()} | facts | errors))


@contextmanager
def busy_neighbour(wanted: bool) -> Iterator[None]:
    """Another process that multiplies matrices as long as this lasts."""
    if not wanted:
        yield
        return
    process = multiprocessing.get_context("spawn").Process(target=multiply, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()


def multiply() -> None:
    matrix = np.random.default_rng(0).random((256, 256), np.float32)
    while True:
        matrix = matrix @ matrix % 1


def measured(bundle: Bundle, n: int, seed: int) -> tuple[DeviceProfile, dict[str, Any]]:
    """The last of n profiles, and how far their layers lie apart."""
    profiles = []
    plan = Plan(outputs=bundle.outputs, held_out=OTHERS)
    for number in range(n):
        with progress_bar(f"profile {number + 1} of {n}") as report:
            rng = np.random.default_rng([seed, number])
            profiles.append(profile_device(bundle.space, LocalBackend(), rng=rng, plan=plan, progress=report))
    layers_ms = np.array([[profile.entries[name].ms for name in profiles[0].entries] for profile in profiles])
    apart = 100 * np.abs(layers_ms[1:] / layers_ms[:-1] - 1)
    return profiles[-1], {
        "layers": layers_ms.shape[1],
        "seconds": [round(p.seconds, 1) for p in profiles],
        "entries_apart_median_percent": float(np.median(apart)) if n > 1 else None,
        "entries_apart_p90_percent": float(np.quantile(apart, 0.9)) if n > 1 else None,
        "beside": {
            "networks": OTHERS,
            "error_median_percent": [p.error_median_percent for p in profiles],
            "error_p90_percent": [p.error_p90_percent for p in profiles],
        },
    }


def drawn_within(space: SearchSpace, latency: LargestSum, limit_ms: float, n: int, rng: np.random.Generator) -> Genes:
    """Uniform among all within the limit: drawn within one of its sums, those left out that exceed another."""
    sampler = WithinLimit(space, latency_limits(latency, limit_ms)[0])
    found = sampler.sample(0, rng)
    while len(found) < n:
        genes = sampler.sample(8 * n, rng)
        found = np.concatenate([found, genes[latency.of(genes) <= limit_ms]])
    return found[:n]


def judged(
    bundle: Bundle, profile: DeviceProfile, n: int, text: str, rounds: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Errors of the profile on new subnets within a limit."""
    limit_ms = profile.limit_ms(text)
    subnets = decode(bundle.space, drawn_within(bundle.space, profile.latency(bundle.space), limit_ms, n, rng))

    def file(subnet: Subnet) -> bytes:
        network = random_network(bundle.space, subnet, rng, bundle.metadata.classes)
        return emit_tflite(network_graph(network, bundle.outputs), profile.depthwise7, weights=WEIGHTS)

    size = max(bundle.space.resolutions)
    models = {str(i): file(subnet) for i, subnet in enumerate(subnets)} | {"reference": reference_model(size, rng)}
    timings = time_rounds(LocalBackend(profile.identity.threads), models, rng, rounds=rounds)
    measured = np.array([timings[str(i)].ms for i in range(n)])
    predicted = np.array([profile.predict_ms(bundle.space, subnet) for subnet in subnets])
    drift = timings["reference"].ms / profile.reference_ms
    return {
        "drift_of_efficientnet_b0_percent": 100 * (drift - 1),
        "milliseconds": errors_of(predicted / measured),
        "as_parts_of_efficientnet_b0": errors_of(drift * predicted / measured),
        "measured_over_limit": int((measured > limit_ms).sum()),
        "measured_over_limit_by_3_percent": sum(not keeps_limit(ms, limit_ms) for ms in measured),
    }


def errors_of(ratios: NDArray[np.float64]) -> dict[str, Any]:
    """How far the ratios are from 1."""
    error = 100 * np.abs(ratios - 1)
    return {
        "error_median_percent": float(np.median(error)),
        "error_median_interval": median_interval(error),
        "error_p90_percent": float(np.quantile(error, 0.9)),
        "error_max_percent": float(error.max()),
        "error_mean_signed_percent": float(100 * (ratios - 1).mean()),
    }


if __name__ == "__main__":
    main()
