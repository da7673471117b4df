"""What a latency limit costs: for each limit, the subnet found, its measured latency, and its accuracy on
FER2013Valid, which nothing was trained or selected on. Writes the README's figure."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from machine import machine

from facefit.bundle import Bundle
from facefit.device import DeviceProfile, LocalBackend, reference_model, time_rounds
from facefit.evaluation import evaluate_expression, load_protocol
from facefit.graph import export
from facefit.report.drawing import calm_axes, new_figure, save_figure
from facefit.report.palette import LIGHT
from facefit.runtime import Descriptor
from facefit.search import search

REFERENCE = "EfficientNet-B0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--profile", type=Path, required=True, help="of this machine")
    parser.add_argument("--limits", nargs="+", default=["0.4x", "0.5x", "0.6x", "0.8x", "1x", "1.5x", "2x", "2.8x"])
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    bundle, profile = Bundle.load(), DeviceProfile.load(args.profile)
    rng, rows, files = np.random.default_rng(args.seed), [], {}
    with tempfile.TemporaryDirectory() as folder:
        for limit in args.limits:
            limit_ms = profile.limit_ms(limit)
            found = search(
                bundle.space, bundle.preference(), profile, limit_ms, seed=args.seed, surrogate=bundle.surrogate
            )
            path = Path(folder) / f"{limit}.tflite"
            export(bundle.extract(found.subnet), path, ("descriptor", "probabilities"), depthwise7=profile.depthwise7)
            files[limit] = path.read_bytes()
            descriptor = Descriptor(path)
            faces = load_protocol(
                "ferplus-majority", args.data, "valid", size=descriptor.input_size, classes=descriptor.classes
            )
            measured = evaluate_expression(descriptor, faces)
            rows.append({
                "limit": limit, "limit_ms": limit_ms, "subnet": str(found.subnet), "predicted_ms": found.predicted_ms,
                "search_seconds": found.seconds, "predicted_accuracy": found.predicted_accuracy,
                "accuracy": measured.accuracy, "interval": list(measured.interval), "size_bytes": len(files[limit]),
            })  # fmt: skip
    files[REFERENCE] = reference_model(max(bundle.space.resolutions), rng)
    timings = time_rounds(LocalBackend(profile.identity.threads), files, rng, at_least_s=20.0)
    for row in rows:
        row["measured_ms"] = timings[str(row["limit"])].ms
        row["ratio_to_efficientnet_b0"] = timings[str(row["limit"])].ms / timings[REFERENCE].ms
    print(json.dumps({"protocol": "ferplus-majority", "split": "FER2013Valid", "n": measured.n, "seed": args.seed,
                      "threads": profile.identity.threads, "machine": machine(),
                      "efficientnet_b0_ms": timings[REFERENCE].ms, "rows": rows}))  # fmt: skip
    if args.figure:
        draw(rows, args.figure)


def draw(rows: list[dict[str, object]], path: Path) -> None:
    x = [float(str(row["ratio_to_efficientnet_b0"])) for row in rows]
    y = [100 * float(str(row["accuracy"])) for row in rows]
    spread = [[100 * abs(bound - y_ / 100) for row, y_ in zip(rows, y, strict=True) for bound in [row["interval"][i]]]  # type: ignore[index]
              for i in (0, 1)]  # fmt: skip
    figure = new_figure(6.4, 3.6)
    axes = figure.add_subplot()
    calm_axes(axes)
    axes.grid(color=LIGHT.grid, linewidth=0.7)
    axes.axvline(1, color=LIGHT.reference, linestyle=":", linewidth=1.2)
    axes.text(1, 1.01, REFERENCE, transform=axes.get_xaxis_transform(), ha="center", va="bottom", color=LIGHT.reference)
    axes.errorbar(x, y, spread, color=LIGHT.front, marker="o", capsize=3, linewidth=1.5)
    for i, (row, at) in enumerate(zip(rows, x, strict=True)):  # above and below in turn, since limits may lie close
        above = i % 2 == 0
        end = 100 * row["interval"][above]  # type: ignore[index]
        axes.annotate(str(row["limit"]), (at, end), xytext=(0, 5 if above else -5), textcoords="offset points",
                      ha="center", va="bottom" if above else "top", color=LIGHT.muted, fontsize=9)  # fmt: skip
    axes.margins(y=0.12)
    axes.set_xlabel("measured latency, EfficientNet-B0 = 1")
    axes.set_ylabel("accuracy on FER2013Valid, %")
    save_figure(figure, path)


if __name__ == "__main__":
    main()
