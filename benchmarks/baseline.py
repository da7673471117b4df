"""Trains a reference network on the same people, with the same recipe and teacher, as an identity SuperNet, and writes
`baseline.tflite` into a folder: the opponents of `table2.py`. An interrupted run goes on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from machine import machine

import facefit
from facefit.cli.output import progress_bar
from facefit.cli.sources import Source, source_for
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.graph.blocks import RandomWeights
from facefit.graph.reference_networks import reference_network
from facefit.supernet.graph_export import export_graph_module
from facefit.supernet.graph_module import GraphModule, with_descriptor
from facefit.supernet.images import network_input
from facefit.supernet.loading import in_channels_last
from facefit.training.checkpoint import Progress
from facefit.training.loop import Trainer
from facefit.training.monitor import Monitor
from facefit.training.recipe import Recipe, load_recipe
from facefit.training.single import for_one_network

RECIPES = Path(facefit.__file__).parent / "recipes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default="EfficientNet-B0", help="such as MobileFaceNet")
    parser.add_argument("--data", type=Path, required=True, help="a folder per person")
    parser.add_argument("--teacher", type=Path, help="descriptors to learn from (Parquet)")
    parser.add_argument("--exclude-people", type=Path, nargs="*", default=[])
    parser.add_argument("--recipe", type=Path, help="default: the usual one, with a teacher or without")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    usual = "identity-taught.yaml" if args.teacher else "identity.yaml"
    recipe = load_recipe(args.recipe or RECIPES / usual)
    resolution = recipe.resolutions[-1]
    source = source_for("identity", args.data, args.teacher, args.exclude_people)
    args.out.mkdir(parents=True, exist_ok=True)
    facts = train(args.network, source, for_one_network(recipe, resolution), args.out, args.seed)
    print(json.dumps(facts | {"seed": args.seed, "machine": machine()}))


def train(name: str, source: Source, recipe: Recipe, out: Path, seed: int) -> dict[str, object]:
    resolution = recipe.resolutions[0]
    parts, rng = source.read(resolution, seed), np.random.default_rng(seed)
    torch.manual_seed(seed)
    graph = reference_network(name).graph(resolution, RandomWeights(rng))
    if recipe.descriptor is not None:
        graph = with_descriptor(graph, recipe.descriptor, rng)
    module = in_channels_last(GraphModule(graph, len(parts.learning.classes)))
    whole = module.space.largest
    monitor = Monitor(module, parts.calibration, parts.search_split, {"network": whole})
    trainer = Trainer(module, parts.learning, recipe, out, seed)
    trainer.resume()
    steps = [trainer.steps(phase) for phase in recipe.phases]
    with progress_bar(f"training {name}") as progress:

        def report(state: Progress) -> None:
            progress(sum(steps[: state.phase]) + state.step_in_phase, sum(steps))

        trainer.run(report, lambda _: monitor(trainer.average), save_seconds=180.0)
    figures = monitor(trainer.average)
    module.load_state_dict(trainer.average)
    statistics = module.recalibrate(whole, network_input(parts.calibration, resolution))
    people = source.people(parts)
    card = {
        "task": "identity",
        "network": name,
        "training": {"search_split_accuracy": figures, "n": len(parts.learning)},
    }
    if people is not None:
        card["trained_people"] = people.to_json()
    path = out / "baseline.tflite"
    parity = export_graph_module(module, statistics, path, mean=IMAGENET_MEAN, std=IMAGENET_STD, card=card, seed=seed)
    return {"file": str(path), "network": name, "n": len(parts.learning), "search_split_accuracy": figures["network"],
            "parameters": graph.parameters, "parity_max_abs": parity.max_abs}  # fmt: skip


if __name__ == "__main__":
    main()
