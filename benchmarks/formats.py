"""What each file format costs and gives: size, latency against float32, parity, and accuracy on FER2013Valid, paired
with the float32 file's image by image."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from format_files import Answers, Call, load, pixels
from machine import machine
from numpy.typing import NDArray

from facefit.bundle import Bundle
from facefit.device import DeviceProfile
from facefit.device.bench import median_interval
from facefit.device.timing import Protocol, Timing, time_bursts
from facefit.evaluation import ExpressionResult, compare_paired, evaluate_expression
from facefit.faces.dataset import LabelledFaces
from facefit.faces.ferplus import load_ferplus
from facefit.fit.parity import best_reference
from facefit.graph import ExportResult, StaticInt8, export, export_onnx
from facefit.graph.forms import Output
from facefit.graph.handover import Precision
from facefit.pixels import resize
from facefit.search import search
from facefit.space import Subnet
from facefit.supernet.exported import export_pytorch
from facefit.weights import StaticNetwork

OUTPUTS: tuple[Output, ...] = ("descriptor", "probabilities")
PRECISIONS: tuple[Precision, ...] = ("float32", "float16", "int8", "int8-static")
BASELINE = "float32"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder; ranges of int8 come from its train part")
    parser.add_argument("--profile", type=Path, required=True, help="of this machine, for the limits")
    parser.add_argument("--limits", nargs="+", default=["1x", "0.4x"], help="besides the largest subnet")
    parser.add_argument("--calibration", type=int, default=256, help="faces for the ranges of int8")
    parser.add_argument("--seconds", type=float, default=30.0, help="least time spent on timing, for each subnet")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    bundle, profile = Bundle.load(), DeviceProfile.load(args.profile)
    rng = np.random.default_rng(args.seed)
    train, valid = (load_ferplus(args.data, part, "majority") for part in ("train", "valid"))
    drawn = train.images[rng.permutation(len(train))[: args.calibration]]
    rows = []
    for name, subnet in subnets(bundle, profile, args.limits, args.seed).items():
        network = bundle.extract(subnet)
        faces = StaticInt8(pixels(drawn, subnet.resolution), f"{len(drawn)} photos of FER2013Train")
        with tempfile.TemporaryDirectory() as folder:
            measured = measure(network, Path(folder), faces, valid, args.seconds, rng)
        rows += [{"subnet": name, "config": str(subnet), **row} for row in measured]
        print(table(rows), file=sys.stderr, flush=True)
    print(json.dumps({"protocol": "ferplus-majority", "split": "FER2013Valid", "n": len(valid), "seed": args.seed,
                      "threads": 1, "calibration_faces": args.calibration, "machine": machine(),
                      "onnxruntime": onnxruntime.__version__, "torch": torch.__version__, "rows": rows}))  # fmt: skip


def subnets(bundle: Bundle, profile: DeviceProfile, limits: list[str], seed: int) -> dict[str, Subnet]:
    found = {"largest": bundle.space.largest}
    for limit in limits:
        limit_ms, surrogate = profile.limit_ms(limit), bundle.surrogate
        result = search(bundle.space, bundle.preference(), profile, limit_ms, seed=seed, surrogate=surrogate)
        found[limit] = result.subnet
    return found


def measure(
    network: StaticNetwork, folder: Path, faces: StaticInt8, valid: LabelledFaces, seconds: float,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:  # fmt: skip
    written: dict[str, ExportResult] = {}
    for precision in PRECISIONS:
        weights = faces if precision == "int8-static" else precision
        path = folder / f"{precision}.tflite"
        written[precision] = export(network, path, OUTPUTS, weights=weights, reference=best_reference(network))
    written["onnx"] = export_onnx(network, folder / "face.onnx", OUTPUTS, reference=best_reference(network))
    written["pt2"] = export_pytorch(network, folder / "face.pt2", OUTPUTS)
    calls = {name: load(result) for name, result in written.items()}
    size = network.subnet.resolution
    resized = replace(valid, images=np.stack([resize(image, size) for image in valid.images]))
    answers = {name: evaluate_expression(Answers(call, network), resized) for name, call in calls.items()}
    timings = latencies(calls, pixels(valid.images[:1], size), seconds, rng)
    return [row(name, written[name], timings, answers) for name in written]


def latencies(
    calls: dict[str, Call], image: NDArray[np.float32], seconds: float, rng: np.random.Generator
) -> dict[str, Timing]:
    """Bursts in random order, with feeding the image and reading the answer, until the seconds are over."""
    protocol = Protocol()
    timings: dict[str, Timing] = {}
    while sum(sum(timing.passes_ms) for timing in timings.values()) * protocol.runs < 1e3 * seconds:
        bursts = {name: (lambda call=call: call(image)) for name, call in calls.items()}
        for name, timing in time_bursts(bursts, protocol, rng).items():
            timings[name] = timings.get(name, Timing(())) + timing
    return timings


def row(
    name: str, written: ExportResult, timings: dict[str, Timing], answers: dict[str, ExpressionResult]
) -> dict[str, Any]:
    ratios = np.array(timings[name].passes_ms) / np.array(timings[BASELINE].passes_ms)
    against = compare_paired(answers[name].correct, answers[BASELINE].correct)
    return {
        "format": name,
        "megabytes": written.size_bytes / 1e6,
        "ms": timings[name].ms,
        "ratio": float(np.median(ratios)),
        "ratio_interval": list(median_interval(ratios)),
        "parity_max_abs": written.parity_max_abs,
        "parity_cosine_min": written.parity_cosine_min,
        "accuracy": answers[name].accuracy,
        "difference_to_float32": against.difference,
        "difference_interval": list(against.interval),
    }


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "subnet   format       MB     ms     ratio (95 %)           max abs   cosine   accuracy  to float32 (95 %)"
    ]
    for r in rows:
        low, high = r["ratio_interval"]
        worse, better = (100 * end for end in r["difference_interval"])
        lines.append(
            f"{r['subnet']:<8} {r['format']:<12} {r['megabytes']:6.2f} {r['ms']:6.3f} {r['ratio']:.3f} ({low:.3f} to "
            f"{high:.3f})  {r['parity_max_abs']:.1e}  {r['parity_cosine_min']:.5f}  {100 * r['accuracy']:.2f} %  "
            f"{100 * r['difference_to_float32']:+.2f} ({worse:+.2f} to {better:+.2f})"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
