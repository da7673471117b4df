"""The latency half of the paper's tables 1 and 2: reference networks beside the bundled SuperNet's largest subnet and
subnets found within limits, as ratios to EfficientNet-B0 timed in the same bursts.

The last line is JSON; before it, on standard error, the same as a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
from machine import machine

from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.device import BenchRow, DeviceProfile, LocalBackend, compare, reference_model
from facefit.graph import REFERENCE_NETWORKS, emit_tflite, network_graph
from facefit.search import search
from facefit.space import Subnet

BASELINE = next(iter(REFERENCE_NETWORKS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, required=True, help="of this machine")
    parser.add_argument("--limits", nargs="*", default=["0.6x", "0.4x"])
    parser.add_argument("--resolution", type=int, help="of the reference networks (default: the SuperNet's largest)")
    parser.add_argument("--published", action="store_true", help="each reference network at its published input size")
    parser.add_argument("--seconds", type=float, default=120.0, help="least time that is spent on timing")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    bundle, profile, rng = Bundle.load(), DeviceProfile.load(args.profile), np.random.default_rng(args.seed)
    sizes: dict[str, int] = {}
    models: dict[str, bytes] = {}
    for name, network in REFERENCE_NETWORKS.items():
        sizes[name] = network.resolution if args.published else args.resolution or max(bundle.space.resolutions)
        models[name] = reference_model(sizes[name], rng, network)
    for name, subnet in subnets(bundle, profile, args.limits, args.seed).items():
        sizes[name] = subnet.resolution
        graph = network_graph(bundle.extract(subnet), bundle.outputs)
        models[name] = emit_tflite(graph, profile.depthwise7)
    with progress_bar(f"timing {len(models)} networks") as progress:
        rows = compare(
            models,
            LocalBackend(profile.identity.threads),
            baseline=BASELINE,
            rng=rng,
            rounds=args.rounds,
            at_least_s=args.seconds,
            progress=progress,
        )
    print("\n".join(markdown(rows, sizes)), file=sys.stderr)
    values = [asdict(row) | {"input_size": sizes[row.name], "published_parameters": published(row)} for row in rows]
    print(json.dumps({"seed": args.seed, "baseline": BASELINE, "machine": machine(),
                      "device": profile.identity.to_json(), "networks": values}))  # fmt: skip


def subnets(bundle: Bundle, profile: DeviceProfile, limits: list[str], seed: int) -> dict[str, Subnet]:
    """The largest one, and the best by prediction within each limit."""
    found = {"facefit, largest": bundle.space.largest}
    for limit in limits:
        result = search(bundle.space, bundle.preference(), profile, profile.limit_ms(limit), seed=seed)
        found[f"facefit, --limit {limit}"] = result.subnet
    return found


def markdown(rows: list[BenchRow], sizes: dict[str, int]) -> list[str]:
    columns = (
        "network", "input", "latency", "against EfficientNet-B0 (95 % interval, n)", "parameters", "as published",
        "multiply-adds", "file",
    )  # fmt: skip
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for row in rows:
        interval = f"{row.ratio:.3f} ({row.ratio_low:.3f} to {row.ratio_high:.3f}, {row.passes})"
        count = published(row)
        lines.append(
            f"| {row.name} | {sizes[row.name]} px | {row.ms:.3f} ms | {interval} | {row.parameters / 1e6:.2f} M "
            f"| {f'{count:,}' if count else '-'} | {row.macs / 1e6:.1f} M | {row.size_bytes / 1e6:.1f} MB |"
        )
    return lines


def published(row: BenchRow) -> int | None:
    network = REFERENCE_NETWORKS.get(row.name)
    return network.parameters() if network else None


if __name__ == "__main__":
    main()
