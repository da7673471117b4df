"""All exports side by side: answers against float64, and latencies in interleaved bursts as everywhere."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from machine import machine

from facefit.device import LocalBackend, time_rounds
from facefit.evaluation.bootstrap import estimate, resampled_counts
from facefit.graph import LoadedModel
from facefit.graph.parity import unit_vectors
from facefit.space import Subnet
from facefit.weights import StaticNetwork

OTHERS = ("litert-torch", "keras")
AGREE = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0, help="least time spent on timing, for each network")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng, rows = np.random.default_rng(args.seed), []
    for path in sorted(args.folder.glob("*.safetensors")):
        rows.append(row(path, LocalBackend(args.threads), args.seconds, rng))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    groups = {
        "all_random": [r for r in rows if not r["without7"]],
        "with_a_7x7": [r for r in rows if r["sevens"]],
        "without_7x7": [r for r in rows if not r["sevens"]],
    }
    summary = {
        name: {other: mean_ratio([r["latency"][other] for r in group], rng) for other in OTHERS} | {"n": len(group)}
        for name, group in groups.items()
        if group
    }
    seconds = {other: float(np.median([r["export"][other] / r["export"]["ours"] for r in rows])) for other in OTHERS}
    print(json.dumps({
        "ratio": "latency of the other export to ours", "seed": args.seed, "threads": args.threads,
        "machine": machine(), **summary, "export_time_ratio_median": seconds,
        "max_abs": {e: max(r["max_abs"][e] for r in rows) for e in ("ours", *OTHERS)}, "networks": rows,
    }))  # fmt: skip


def row(path: Path, backend: LocalBackend, seconds: float, rng: np.random.Generator) -> dict[str, Any]:
    files = {name: path.with_suffix(f".{name}.tflite").read_bytes() for name in ("ours", *OTHERS)}
    answers = np.load(path.with_suffix(".answers.npz"))
    differences = {name: difference(data, answers["images"], answers["descriptors"]) for name, data in files.items()}
    for name, value in differences.items():
        if not value <= AGREE:
            raise SystemExit(f"{path.stem}: {name} differs from float64 by {value:.2g}, expected at most {AGREE:g}")
    timings = time_rounds(backend, files, rng, at_least_s=seconds)
    subnet: Subnet = StaticNetwork.load(path).subnet
    return {
        "name": path.stem,
        "without7": path.stem.endswith("without7"),
        "sevens": sum(block.kernel == 7 for group in subnet.groups for block in group),
        "ms": {name: timing.ms for name, timing in timings.items()},
        "latency": {other: timings[other].ms / timings["ours"].ms for other in OTHERS},
        "export": {name: float(np.load(path.with_suffix(f".{name}.npz"))["seconds"]) for name in files},
        "checked_seconds": float(np.load(path.with_suffix(".ours.npz"))["checked"]),
        "max_abs": differences,
        "megabytes": {name: len(data) / 1e6 for name, data in files.items()},
    }


def difference(data: bytes, images: NDArray[np.float32], expected: NDArray[np.float64]) -> float:
    """Largest difference of unit descriptors; exporters name inputs and outputs as they like."""
    model = LoadedModel(data)
    (given,), (gives,) = model.input_shapes, model.output_shapes
    seen = np.concatenate([model.run(**{given: image[None]})[gives] for image in images]).astype(np.float64)
    return float(np.abs(unit_vectors(seen) - unit_vectors(expected)).max())


def mean_ratio(ratios: list[float], rng: np.random.Generator) -> dict[str, Any]:
    """Geometric mean with the 95 % interval of other draws of networks."""
    logs = np.log(ratios)
    counts = resampled_counts(len(logs), rng)
    return {
        "geometric_mean": float(np.exp(logs.mean())),
        "interval": [float(np.exp(end)) for end in estimate(logs.mean(), counts @ logs / len(logs)).interval],
    }


if __name__ == "__main__":
    main()
