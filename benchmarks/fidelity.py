"""Predicted against measured latency on random subnets that no profile has seen, quiet or beside a busy process.

Without --profile this machine is profiled first, twice, which also shows how well layers repeat.
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

from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.device import DeviceProfile, LocalBackend, Plan, profile_device
from facefit.device.backend import time_rounds
from facefit.graph import emit_tflite, network_graph, random_network
from facefit.search import Limit, WithinLimit
from facefit.space import Subnet
from facefit.space.population import decode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, help="a profile of this machine (default: measure two)")
    parser.add_argument("--subnets", type=int, default=32)
    parser.add_argument("--limit", default="0.6x", help="subnets are drawn uniformly within this limit")
    parser.add_argument("--rounds", type=int, default=4, help="loads of the subnets, each at another place in memory")
    parser.add_argument("--neighbour", action="store_true", help="beside a process at full load on one core")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    bundle, facts = Bundle.load(), {}
    with busy_neighbour(args.neighbour):
        if args.profile:
            profile = DeviceProfile.load(args.profile)
        else:
            profile, facts = measured_twice(bundle, args.seed)
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


def measured_twice(bundle: Bundle, seed: int) -> tuple[DeviceProfile, dict[str, Any]]:
    """The first of two profiles, and how far their layers lie apart."""
    profiles = []
    for number in (1, 2):
        with progress_bar(f"profile {number} of 2") as report:
            rng = np.random.default_rng([seed, number])
            profiles.append(
                profile_device(
                    bundle.space, LocalBackend(), rng=rng, plan=Plan(outputs=bundle.outputs), progress=report
                )
            )
    first, second = ({name: entry.ms for name, entry in p.entries.items()} for p in profiles)
    apart = 100 * np.abs(np.array([second[name] / first[name] for name in first]) - 1)
    return profiles[0], {
        "layers": len(first),
        "seconds": [p.seconds for p in profiles],
        "entries_apart_median_percent": float(np.median(apart)),
        "entries_apart_p90_percent": float(np.quantile(apart, 0.9)),
        "own_error_median_percent": [p.error_median_percent for p in profiles],
        "own_error_p90_percent": [p.error_p90_percent for p in profiles],
    }


def judged(
    bundle: Bundle, profile: DeviceProfile, n: int, text: str, rounds: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Errors of the profile on new subnets within a limit."""
    limit = Limit("latency", "ms", profile.latency_table(bundle.space), profile.limit_ms(text))
    subnets = decode(bundle.space, WithinLimit(bundle.space, limit).sample(n, rng))

    def file(subnet: Subnet) -> bytes:
        network = random_network(bundle.space, subnet, rng, bundle.metadata.classes)
        return emit_tflite(network_graph(network, bundle.outputs), depthwise7=profile.depthwise7)

    models = {str(i): file(subnet) for i, subnet in enumerate(subnets)}
    timings = time_rounds(LocalBackend(profile.identity.threads), models, rng, rounds=rounds)
    measured = np.array([timings[str(i)].ms for i in range(n)])
    predicted = np.array([profile.predict_ms(bundle.space, subnet) for subnet in subnets])
    signed = 100 * (predicted / measured - 1)
    error = np.abs(signed)
    return {
        "error_median_percent": float(np.median(error)),
        "error_p90_percent": float(np.quantile(error, 0.9)),
        "error_max_percent": float(error.max()),
        "error_mean_signed_percent": float(signed.mean()),
        "measured_over_limit": int((measured > limit.maximum).sum()),
        "measured_over_limit_by_3_percent": int((measured > 1.03 * limit.maximum).sum()),
    }


if __name__ == "__main__":
    main()
