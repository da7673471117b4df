"""Predicted against measured latency on random subnets that the profile has not seen, within usual limits."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from machine import machine

from facefit.bundle import Bundle
from facefit.device import DeviceProfile, LocalBackend, Protocol
from facefit.graph import emit_tflite, network_graph, random_network
from facefit.search import Limit, WithinLimit
from facefit.space.population import decode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--subnets", type=int, default=32)
    parser.add_argument("--limit", default="0.6x", help="subnets are drawn uniformly within this limit")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    bundle, profile = Bundle.load(), DeviceProfile.load(args.profile)
    limit = Limit("latency", "ms", profile.latency_table(bundle.space), profile.limit_ms(args.limit))
    subnets = decode(bundle.space, WithinLimit(bundle.space, limit).sample(args.subnets, rng))
    models = {
        str(i): emit_tflite(
            network_graph(
                random_network(bundle.space, s, rng, bundle.metadata.classes), ("descriptor", "probabilities")
            ),
            depthwise7=profile.depthwise7,
        )
        for i, s in enumerate(subnets)
    }
    timings = LocalBackend(profile.identity.threads).time(models, Protocol(), rng)
    measured = np.array([timings[str(i)].ms for i in range(len(subnets))])
    predicted = np.array([profile.predict_ms(bundle.space, s) for s in subnets])
    error = 100 * np.abs(predicted / measured - 1)
    print(json.dumps({
        "seed": args.seed, "subnets": len(subnets), "limit": args.limit, "machine": machine(),
        "error_median_percent": float(np.median(error)), "error_p90_percent": float(np.quantile(error, 0.9)),
        "error_max_percent": float(error.max()),
        "measured_over_limit": int((measured > limit.maximum).sum()),
        "measured_over_limit_by_3_percent": int((measured > 1.03 * limit.maximum).sum()),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
