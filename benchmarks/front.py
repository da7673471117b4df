"""What a latency limit costs: for each limit, the subnet that `facefit fit` hands over, its measured latency, and its
accuracy on FER2013Valid, which nothing was trained or selected on. Writes the README's figure.

`fit_ms` is the latency that `facefit fit` tells, beside EfficientNet-B0, and `limit_kept` its verdict. `measured_ms` is
of all networks in the same bursts, after all choices, and `limit_kept_later` the verdict on that.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from front_figure import draw
from machine import machine
from one_object import print_result

from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.device import Backend, DeviceProfile, LatencyLimit, LocalBackend, Plan, reference_model, time_rounds
from facefit.evaluation import ExpressionResult, evaluate_expression, load_protocol
from facefit.fit.calibration import extract_predicted
from facefit.fit.choice import choose
from facefit.fit.chosen import Choice
from facefit.fit.retiming import REFERENCE
from facefit.fit.wanted import WEIGHTS, Wanted
from facefit.graph import export
from facefit.runtime import Descriptor
from facefit.space.budget import keeps_limit

TRAINED = "EfficientNet-B0, trained alike"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--profile", type=Path, required=True, help="of this machine")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--limits", nargs="+", default=["0.2x", "0.3x", "0.4x", "0.5x", "0.6x", "0.8x", "1x", "1.6x"])
    parser.add_argument("--beside", type=Path, help="file of EfficientNet-B0 trained alike, from baselines.py")
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print_result(partial(run, args))


def run(args: argparse.Namespace) -> dict[str, Any]:
    bundle, profile = Bundle.load(args.bundle), DeviceProfile.load(args.profile)
    backend, rows, beside, files = LocalBackend(profile.identity.threads), [], [], {}
    if args.beside:  # before fits that a wrong path would waste
        judged = judge(args.beside, args.data)
        files[TRAINED] = args.beside.read_bytes()
        beside.append({"limit": TRAINED} | figures(judged, files[TRAINED]))
    with progress_bar("fitting within each limit") as report:
        for i, limit in enumerate(args.limits):
            wanted = Wanted(bundle, profile, limit, args.seed)
            choice = choose(wanted, backend, Plan())
            files[limit], judged = exported(wanted, choice, args.data)
            rows.append(fitted(wanted, choice) | figures(judged, files[limit]))
            report(i + 1, len(args.limits))
    reference_ms = time_all(rows, beside, files, bundle, backend, args.seed)
    if args.figure:
        draw(rows, beside, args.figure)
    return {"protocol": "ferplus-majority", "split": "FER2013Valid", "n": judged.n, "seed": args.seed,
            "threads": profile.identity.threads, "machine": machine(), "efficientnet_b0_ms": reference_ms,
            "rows": rows, "beside": beside}  # fmt: skip


def exported(wanted: Wanted, choice: Choice, data: Path) -> tuple[bytes, ExpressionResult]:
    """The file that `facefit fit` hands over, and how well it does."""
    extracted = extract_predicted(wanted.bundle, choice.chosen.subnet)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "descriptor.tflite"
        export(
            extracted.network, path, wanted.bundle.outputs, depthwise7=wanted.profile.depthwise7, weights=WEIGHTS,
            card={"statistics": extracted.statistics},
        )  # fmt: skip
        return path.read_bytes(), judge(path, data)


def judge(file: Path, data: Path) -> ExpressionResult:
    descriptor = Descriptor(file)
    size, classes = descriptor.input_size, descriptor.classes
    return evaluate_expression(descriptor, load_protocol("ferplus-majority", data, "valid", size=size, classes=classes))


def figures(judged: ExpressionResult, file: bytes) -> dict[str, Any]:
    return {"accuracy": judged.accuracy, "interval": list(judged.interval), "size_bytes": len(file)}


def fitted(wanted: Wanted, choice: Choice) -> dict[str, Any]:
    """What `facefit fit` says of a limit."""
    assert choice.timing and choice.reference  # the device is here
    return {
        "limit": wanted.limit, "limit_ms": choice.limit_ms, "limit_kept": choice.limit_kept,
        "subnet": str(choice.chosen.subnet), "searches": choice.searches, "search_seconds": choice.found.seconds,
        "predicted_ms": choice.chosen.predicted_ms, "predicted_accuracy": choice.accuracy,
        "fit_ms": choice.timing.ms, "fit_ratio_to_efficientnet_b0": choice.timing.ms / choice.reference.ms,
    }  # fmt: skip


def time_all(
    rows: list[dict[str, Any]],
    beside: list[dict[str, Any]],
    files: Mapping[str, bytes],
    bundle: Bundle,
    backend: Backend,
    seed: int,
) -> float:
    """Adds what all take in the same bursts, by which nothing was chosen, and tells what EfficientNet-B0 does."""
    rng = np.random.default_rng(seed)
    models = {**files, REFERENCE: reference_model(max(bundle.space.resolutions), rng)}
    timings = time_rounds(backend, models, rng, at_least_s=20.0)
    reference_ms = timings[REFERENCE].ms
    for row in [*rows, *beside]:
        row["measured_ms"] = timings[row["limit"]].ms
        row["ratio_to_efficientnet_b0"] = row["measured_ms"] / reference_ms
    for row in rows:
        row["limit_kept_later"] = keeps_limit(row["measured_ms"], LatencyLimit.parse(row["limit"]).ms(reference_ms))
    return reference_ms


if __name__ == "__main__":
    main()
