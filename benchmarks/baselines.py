"""Networks that a user would otherwise take, and the SuperNet's ends trained alone, under the SuperNet's own recipe,
photos, resolution and epochs: accuracy on FER2013Valid by majority, paired against EfficientNet-B0, size and latency.

Each network has a run folder below --out, as `baseline.py` makes it: an interrupted call goes on, and what is finished
is not trained again. Subnets of a SuperNet join the table as NAME=FILE, with files from `facefit fit` or
`facefit export`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from baseline import RECIPES
from machine import machine
from one_network import SUBNETS, Order, Trained, train_one
from trials import shortened, with_fewer

from facefit.cli.output import Output
from facefit.cli.sources import Expressions
from facefit.device import LocalBackend, time_rounds
from facefit.device.costs import count_costs
from facefit.evaluation import evaluate_expression, load_protocol
from facefit.evaluation.intervals import compare_paired, wilson_interval
from facefit.faces.ferplus import load_ferplus
from facefit.runtime import Descriptor
from facefit.supernet.images import network_input
from facefit.training.recipe import load_recipe

REFERENCE = "EfficientNet-B0"
NETWORKS = (REFERENCE, "MobileNetV3-Large", "MobileFaceNet", "AlexNet", *SUBNETS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=RECIPES / "ferplus.yaml")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--ours", nargs="*", default=[], metavar="NAME=FILE", help="descriptors that facefit exported")
    parser.add_argument("--epochs-scale", type=float, default=1.0, help="less than 1 for a trial")
    parser.add_argument("--images", type=int, help="learn from so many photos only, for a trial")
    parser.add_argument("--seconds", type=float, default=20.0, help="least time spent on latencies")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    files, correct = trained(list(dict.fromkeys([REFERENCE, *args.networks])), args)
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


def trained(names: list[str], args: argparse.Namespace) -> tuple[dict[str, Path], dict[str, np.ndarray]]:
    """Files of the networks, and which photos of FER2013Valid each recognises, bool (n,)."""
    source, recipe = Expressions(args.data), shortened(load_recipe(args.recipe), args.epochs_scale)
    parts = with_fewer(source.read(recipe.resolutions[-1]), args.images)
    files, correct = dict[str, Path](), dict[str, np.ndarray]()
    for name in names:
        folder = args.out / name.lower().replace(" ", "-")
        order = Order(name, "expression", recipe, args.data, source, folder, licence="research only", seed=args.seed)
        found = train_one(order, parts, Output(as_json=True))
        files[name], correct[name] = found.file, recognised(found, args.data, order.resolution)
    return files, correct


def recognised(found: Trained, data: Path, resolution: int) -> np.ndarray:
    """By the trained classifier, which the file leaves out."""
    valid = load_ferplus(data, "valid", "majority")
    logits = found.net.evaluate(found.net.space.largest, network_input(valid, resolution), found.statistics).logits
    right: np.ndarray = logits.argmax(1).numpy() == valid.labels
    return right


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
