"""Networks that a user would otherwise take, and the SuperNet's ends trained alone, under the SuperNet's own recipe,
photos, resolution and epochs: accuracy on FER2013Valid by majority, paired against EfficientNet-B0, size and latency.

Each network has a folder below --out: an interrupted call goes on, and what is finished is not trained again. Subnets
of a SuperNet join the table as NAME=FILE, with files from `facefit fit` or `facefit export`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine
from single import KINDS, train_alone

from facefit.artifacts import read_json, write_json
from facefit.device import LocalBackend, time_rounds
from facefit.device.costs import count_costs
from facefit.evaluation import evaluate_expression, load_protocol
from facefit.evaluation.intervals import compare_paired, wilson_interval
from facefit.runtime import Descriptor
from facefit.training.recipe import load_recipe

REFERENCE = "EfficientNet-B0"
NETWORKS = (REFERENCE, "MobileNetV3-Large", "MobileFaceNet", "AlexNet", *KINDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=Path("recipes/ferplus.yaml"))
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--ours", nargs="*", default=[], metavar="NAME=FILE", help="descriptors that facefit exported")
    parser.add_argument("--epochs-scale", type=float, default=1.0, help="less than 1 for a trial")
    parser.add_argument("--images", type=int, help="learn from so many photos only, for a trial")
    parser.add_argument("--seconds", type=float, default=20.0, help="least time spent on latencies")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    networks = list(dict.fromkeys([REFERENCE, *args.networks]))
    correct = {name: trained(name, args) for name in networks}
    files = {name: folder_of(args.out, name) / "network.tflite" for name in networks}
    for name, file in (text.split("=", 1) for text in args.ours):
        files[name], correct[name] = Path(file), judged(Path(file), args.data)
    models = {name: file.read_bytes() for name, file in files.items()}
    timings = time_rounds(LocalBackend(args.threads), models, np.random.default_rng(args.seed), at_least_s=args.seconds)
    rows = []
    for name, data in models.items():
        right, cost = correct[name], count_costs(data)
        rows.append({
            "network": name, "accuracy": float(right.mean()),
            "interval": list(wilson_interval(int(right.sum()), len(right))),
            f"minus_{REFERENCE}": compare_paired(right, correct[REFERENCE]).to_json(),
            "parameters": cost.parameters, "mmac": cost.macs / 1e6, "size_bytes": len(data),
            "measured_ms": timings[name].ms, "latency_ratio": timings[name].ms / timings[REFERENCE].ms,
        })  # fmt: skip
    print(markdown(rows))
    print(json.dumps({"protocol": "ferplus-majority", "split": "FER2013Valid", "n": len(correct[REFERENCE]),
                      "recipe": str(args.recipe), "epochs_scale": args.epochs_scale, "seed": args.seed,
                      "threads": args.threads, "machine": machine(), "rows": rows}))  # fmt: skip


def folder_of(out: Path, name: str) -> Path:
    return out / name.lower().replace(" ", "-")


def trained(name: str, args: argparse.Namespace) -> np.ndarray:
    """Which photos of FER2013Valid the network recognises, bool (n,); out of its folder if it is finished."""
    recipe, folder = load_recipe(args.recipe), folder_of(args.out, name)
    stretched = [p.model_copy(update={"epochs": max(1, round(p.epochs * args.epochs_scale))}) for p in recipe.phases]
    recipe = recipe.model_copy(update={"phases": tuple(stretched)})
    facts = {"recipe": recipe.model_dump(mode="json"), "images": args.images, "seed": args.seed}
    done = folder / "result.json"
    if not done.exists() or read_json(done, "a result")["facts"] != facts:
        folder.mkdir(parents=True, exist_ok=True)
        right = train_alone(name, recipe, args.data, args.images, folder, args.seed)
        write_json(done, {"facts": facts, "correct": right.astype(int).tolist()})
    return np.array(read_json(done, "a result")["correct"], bool)


def judged(file: Path, data: Path) -> np.ndarray:
    embed = Descriptor(file)
    faces = load_protocol("ferplus-majority", data, "valid", size=embed.input_size, classes=embed.classes)
    return evaluate_expression(embed, faces).correct


def markdown(rows: list[dict[str, Any]]) -> str:
    lines = [
        f"| network | accuracy (95 % interval) | minus {REFERENCE}, points | parameters | MMAC | file | latency |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        low, high = row["interval"]
        paired = row[f"minus_{REFERENCE}"]
        first, last = paired["interval"]
        lines.append(
            f"| {row['network']} | {100 * row['accuracy']:.1f} % ({100 * low:.1f} to {100 * high:.1f}) "
            f"| {100 * paired['difference']:+.1f} ({100 * first:+.1f} to {100 * last:+.1f}) "
            f"| {row['parameters'] / 1e6:.2f} M | {row['mmac']:.0f} | {row['size_bytes'] / 1e6:.1f} MB "
            f"| {row['latency_ratio']:.2f}x |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
