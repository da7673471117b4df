"""Trains one network without choices on the same photos, with the same recipe and teacher, as a SuperNet, and writes
`network.tflite` into a run folder: a reference network, or the SuperNet's largest or smallest subnet alone.

Photos, teacher and exclusions are named as for `facefit train`. An interrupted run goes on from its checkpoint."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from machine import machine
from one_network import train_one
from one_network_order import SUBNETS, Order
from trials import shortened, with_fewer
from views import in_view

import facefit
from facefit.cli.faces import MEMORY_GIB
from facefit.cli.output import Output
from facefit.cli.sources import check_task, source_for
from facefit.device.costs import count_costs
from facefit.errors import FacefitError
from facefit.faces.alignment import VIEWS
from facefit.runtime import Descriptor
from facefit.training.recipe import Recipe, load_recipe

RECIPES = Path(facefit.__file__).parent / "recipes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--network", required=True, help=f"such as EfficientNet-B0 or MobileFaceNet, {', '.join(SUBNETS)}"
    )
    parser.add_argument("--task", default="identity", help="expression or identity")
    parser.add_argument("--data", type=Path, required=True, help="FER+, a folder per class or person, or shards")
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--teacher", type=Path, help="identity: descriptors to learn from (Parquet)")
    parser.add_argument("--exclude-people", type=Path, nargs="*", default=[], help="identity: a name a line")
    parser.add_argument("--recipe", type=Path, help="the SuperNet's; default: the usual one of the task")
    parser.add_argument("--descriptor", type=descriptor, default="recipe", help="its length; full: no compact head")
    parser.add_argument(
        "--start", type=Path, help="run of the same network, or a SuperNet (.safetensors), to start from"
    )
    parser.add_argument(
        "--weights", choices=("float16", "float32"), default="float16", help="number format of the file"
    )
    parser.add_argument("--memory-limit", type=float, default=MEMORY_GIB, help="GiB of photos kept in memory")
    parser.add_argument("--licence", help="of the weights, for the card (default: that of --start, or not stated)")
    parser.add_argument("--save-seconds", type=float, default=180.0, help="time between checkpoints")
    parser.add_argument("--epochs-scale", type=float, default=1.0, help="less than 1 for a trial")
    parser.add_argument("--images", type=int, help="learn from so many photos only, for a trial")
    parser.add_argument("--view", choices=VIEWS, help="identity: learn from photos in this view alone, not in both")
    parser.add_argument("--seed", type=int, default=0)
    try:
        print(json.dumps(trained(parser.parse_args()) | {"machine": machine()}))
    except FacefitError as error:
        sys.exit(f"error: {error}")


def descriptor(text: str) -> str | int | None:
    """`recipe` for the recipe's own length, None for what the network has before a compact head."""
    return text if text == "recipe" else None if text == "full" else int(text)


def trained(args: argparse.Namespace) -> dict[str, object]:
    started, task = time.perf_counter(), check_task(args.task)
    usual = {"expression": "ferplus.yaml", "identity": "identity-taught.yaml" if args.teacher else "identity.yaml"}
    recipe = shortened(load_recipe(args.recipe or RECIPES / usual[task]), args.epochs_scale)
    if args.descriptor != "recipe":
        recipe = Recipe.model_validate(recipe.model_dump() | {"descriptor": args.descriptor})
    source = source_for(task, args.data, args.teacher, args.exclude_people, args.memory_limit)
    order = Order(
        args.network, task, recipe, args.data, source, args.out, args.start, args.licence, args.seed, args.weights
    )
    parts = in_view(with_fewer(source.read(order.resolution), args.images), args.view)
    found = train_one(order, parts, Output(as_json=True), args.save_seconds)
    cost, card = count_costs(found.file.read_bytes()), Descriptor(found.file).card
    return {
        "file": str(found.file), "network": args.network, "task": task, "resolution": order.resolution,
        "start": str(args.start) if args.start else None, "outputs": card["outputs"], "weights": card["weights"],
        "epochs": sum(phase.epochs for phase in recipe.phases), "protocol": parts.learning.protocol,
        "n": len(parts.learning), "view": args.view, "search_split_n": len(parts.search_split),
        "search_split_accuracy": found.search_split_accuracy, "parameters": cost.parameters, "mmac": cost.macs / 1e6,
        "size_bytes": found.file.stat().st_size, "seed": args.seed, "seconds": time.perf_counter() - started,
    }  # fmt: skip


if __name__ == "__main__":
    main()
