"""What each part of the training recipe brings: recipes of a folder at equal compute, with the same seed and photos.

Compute is counted in multiply-accumulates, forwards and backwards, and stated in epochs of the largest subnet alone at
the largest resolution. Accuracies are on the search split, on which one may choose; FER2013Valid is not looked at. Each
recipe has a folder below --out: an interrupted call goes on, and what is finished is not trained again."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from compute import with_budget
from machine import machine
from trials import with_fewer

from facefit.artifacts import read_json, write_json
from facefit.cli.faces import Parts, read_parts
from facefit.cli.output import progress_bar
from facefit.evaluation.intervals import wilson_interval
from facefit.faces.dataset import LabelledFaces
from facefit.labels.plan import uniform_labels
from facefit.space import SearchSpace, Subnet
from facefit.space.population import decode
from facefit.supernet.loading import untrained
from facefit.training.compute import Compute, macs_of
from facefit.training.loop import Trainer
from facefit.training.monitor import Monitor
from facefit.training.recipe import Recipe

FOLDER = Path(__file__).parent / "recipes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder, or another folder of expressions")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipes", nargs="+", default=sorted(file.stem for file in FOLDER.glob("*.yaml")))
    parser.add_argument("--epochs", type=float, default=30, help="compute of a run, in epochs of the largest subnet")
    parser.add_argument("--epochs-scale", type=float, default=1.0, help="less than 1 for a trial")
    parser.add_argument("--images", type=int, help="learn from so many photos only, for a trial")
    parser.add_argument("--random", type=int, default=50, help="random subnets to evaluate")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rows = [compared(name, args) for name in args.recipes]
    print(markdown(rows))
    print(json.dumps({"seed": args.seed, "data": args.data.name, "machine": machine(), "rows": rows}))


def load(name: str) -> dict[str, Any]:
    """A comparison's own settings over those of the one that it is `like`."""
    own: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    if "like" not in own:
        return own
    base = load(own["like"])
    recipe = base["recipe"] | own.get("recipe", {})
    recipe["phases"] = [phase | own.get("each_phase", {}) for phase in recipe["phases"]]
    return base | {key: own[key] for key in ("about", "labels") if key in own} | {"recipe": recipe}


def compared(name: str, args: argparse.Namespace) -> dict[str, Any]:
    """The row of one recipe: out of its folder if it is finished, else trained."""
    settings, folder = load(name), args.out / name
    recipe = Recipe.model_validate(settings["recipe"])
    facts = {"seed": args.seed, "epochs": args.epochs * args.epochs_scale, "images": args.images,
             "random": args.random, "settings": settings}  # fmt: skip
    done = folder / "result.json"
    if done.exists() and (kept := read_json(done, "a result"))["facts"] == facts:
        row: dict[str, Any] = kept["row"]
        return row
    folder.mkdir(parents=True, exist_ok=True)
    parts = with_fewer(read_parts(args.data, max(recipe.resolutions)), args.images)
    parts = labelled(parts, settings["labels"])
    space = SearchSpace.ofa_mbv3(recipe.width, recipe.resolutions, recipe.descriptor)
    unit = 3 * len(parts.learning) * macs_of(space, Subnet(space.largest.groups, 64))
    recipe = with_budget(space, recipe, len(parts.learning), unit * facts["epochs"])
    row = {"recipe": name, "about": settings["about"], "labels": settings["labels"],
           "compute_epochs": Compute(space, recipe, len(parts.learning)).total / unit,
           "epochs": [phase.epochs for phase in recipe.phases], "n": len(parts.learning)}  # fmt: skip
    row |= trained(name, recipe, parts, space, folder, args)
    write_json(done, {"facts": facts, "row": row})
    return row


def labelled(parts: Parts, labels: str) -> Parts:
    """Photos to learn from by their votes, or ('hard') by their most voted class alone."""
    learning = parts.learning
    assert isinstance(learning, LabelledFaces)  # --data is to fit into memory
    if labels == "hard":
        one_hot = np.eye(len(learning.classes), dtype=np.float32)[learning.labels]
        learning = replace(learning, targets=one_hot)
    return parts._replace(learning=learning)


def trained(
    name: str, recipe: Recipe, parts: Parts, space: SearchSpace, folder: Path, args: argparse.Namespace
) -> dict[str, Any]:
    net = untrained(space, len(parts.learning.classes), args.seed)
    trainer = Trainer(net, parts.learning, recipe, folder, args.seed)
    trainer.resume()
    started, compute = time.perf_counter(), Compute(space, recipe, len(parts.learning))
    ends = {"largest": space.largest, "smallest": space.smallest}
    monitor = Monitor(net, parts.calibration, parts.search_split, ends)
    with progress_bar(name) as progress:
        trainer.run(
            lambda state: progress(compute.done(state), compute.total),
            lambda _: monitor(trainer.average),
            save_seconds=180.0,
        )
    seconds = time.perf_counter() - started
    drawn = decode(space, uniform_labels(space, args.random, np.random.default_rng(args.seed)))
    named = ends | {str(i): subnet for i, subnet in enumerate(drawn)}
    found = Monitor(net, parts.calibration, parts.search_split, named)(trainer.average)
    randoms = np.array([found[str(i)] for i in range(len(drawn))])
    n = parts.search_split.questions
    row: dict[str, Any] = {
        end: {"accuracy": found[end], "interval": list(wilson_interval(round(found[end] * n), n))} for end in ends
    }
    return row | {
        "random_mean": float(randoms.mean()), "random_min": float(randoms.min()), "search_split_n": n,
        "seconds_since_resumed": seconds,
    }  # fmt: skip


def markdown(rows: list[dict[str, Any]]) -> str:
    """The table for the docs, best mean over random subnets first."""
    lines = ["| recipe | compute | largest | smallest | mean of random subnets |", "|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: -row["random_mean"]):
        ends = (
            f"{100 * row[end]['accuracy']:.1f} % ({100 * row[end]['interval'][0]:.1f} to "
            f"{100 * row[end]['interval'][1]:.1f})"
            for end in ("largest", "smallest")
        )
        cells = (row["about"], f"{row['compute_epochs']:.1f}", *ends, f"{100 * row['random_mean']:.1f} %")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
