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
RATIOS = ("latency", "export_time", "checked_export_time")
"""Of the files' latencies; of the times from weights to a file; of theirs to that of `facefit export`."""


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
        name: {"n": len(group)} | {ratio: ratios([r[ratio] for r in group], rng) for ratio in RATIOS}
        for name, group in ({"all": rows} | groups).items()
        if group
    }
    print(json.dumps({
        "ratios": "the other exporter's to ours", "resolutions": sorted({r["resolution"] for r in rows}),
        "seed": args.seed, "threads": args.threads, "machine": machine(), **summary,
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
    seconds = {name: float(np.load(path.with_suffix(f".{name}.npz"))["seconds"]) for name in files}
    checked = float(np.load(path.with_suffix(".ours.npz"))["checked"])
    return {
        "name": path.stem,
        "resolution": subnet.resolution,
        "without7": path.stem.endswith("without7"),
        "sevens": sum(block.kernel == 7 for group in subnet.groups for block in group),
        "ms": {name: timing.ms for name, timing in timings.items()},
        "latency": {other: timings[other].ms / timings["ours"].ms for other in OTHERS},
        "export_time": {other: seconds[other] / seconds["ours"] for other in OTHERS},
        "checked_export_time": {other: seconds[other] / checked for other in OTHERS},
        "export_seconds": seconds | {"ours, checked": checked},
        "max_abs": differences,
        "megabytes": {name: len(data) / 1e6 for name, data in files.items()},
    }


def difference(data: bytes, images: NDArray[np.float32], expected: NDArray[np.float64]) -> float:
    """Largest difference of unit descriptors; exporters name inputs and outputs as they like."""
    model = LoadedModel(data)
    (given,), (gives,) = model.input_shapes, model.output_shapes
    seen = np.concatenate([model.run(**{given: image[None]})[gives] for image in images]).astype(np.float64)
    return float(np.abs(unit_vectors(seen) - unit_vectors(expected)).max())


def ratios(rows: list[dict[str, float]], rng: np.random.Generator) -> dict[str, Any]:
    """Of each other exporter, the median and the geometric mean with the 95 % intervals of other draws of networks."""
    counts = resampled_counts(len(rows), rng)
    result = {}
    for other in OTHERS:
        values = np.array([row[other] for row in rows])
        medians = np.array([np.median(np.repeat(values, times.astype(int))) for times in counts])
        means = estimate(np.log(values).mean(), counts @ np.log(values) / len(values))
        result[other] = {
            "median": estimate(float(np.median(values)), medians).to_json(),
            "geometric_mean": {
                "value": float(np.exp(means.value)), "interval": [float(np.exp(end)) for end in means.interval],
            },
        }  # fmt: skip
    return result


if __name__ == "__main__":
    main()
