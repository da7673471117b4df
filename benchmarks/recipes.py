"""What each part of the training recipe brings: recipes of a folder at equal compute, with the same seeds and photos.

Compute is counted in multiply-accumulates, forwards and backwards, and stated in epochs of the largest subnet alone at
64 pixels. Accuracies are on the search split, on which one may choose; FER2013Valid is not looked at. Differences are
paired, photo by photo, to the recipe that `--against` names. Each recipe and seed has a folder below --out: an
interrupted call goes on, and what is finished is not trained again. All begin with the weights of --start, save recipes
that say `start: random`; where there is none, those that differ in nothing else are left out, unless they are named."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from baseline import RECIPES
from machine import machine
from recipe_run import Trial, finish
from recipe_table import RANDOM, compared, markdown
from schooling import in_words, schooling_of_start

from facefit.artifacts import read_bytes
from facefit.errors import FacefitError, InputError
from facefit.training.recipe import load_recipe

FOLDER = Path(__file__).parent / "recipes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder, or another folder of expressions")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where NAME.yaml of each recipe is")
    parser.add_argument("--recipes", nargs="+", metavar="NAME", help="some of them")
    parser.add_argument("--against", default="sandwich", metavar="NAME", help="what the others are compared with")
    parser.add_argument("--start", type=Path, metavar="FILE", help="SuperNet (.safetensors) to begin with")
    parser.add_argument("--epochs", type=float, default=30, help="compute of a run, in epochs of the largest subnet")
    parser.add_argument("--epochs-scale", type=float, default=1.0, help="less than 1 for a trial")
    parser.add_argument("--images", type=int, help="learn from so many photos only, for a trial")
    parser.add_argument("--random", type=int, default=50, help="random subnets to evaluate, three or more")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="one, or three and more for an interval")
    args = parser.parse_args()
    if len(set(args.seeds)) != len(args.seeds) or len(args.seeds) == 2 or args.random < 3:
        parser.error("expected one seed or three different ones and more, and three random subnets or more")
    try:
        rows = finished(args)
    except FacefitError as error:
        sys.exit(f"error: {error}")
    print(markdown(rows, args.against, begun_with(args.start)))
    facts = {
        "start": str(args.start) if args.start else None,
        "seeds": args.seeds,
        "data": args.data.name,
        "against": args.against,
        "random_subnets": args.random,
    }
    print(json.dumps(facts | {"machine": machine(), "rows": rows}))


def finished(args: argparse.Namespace) -> list[dict[str, Any]]:
    """All runs, recipe by recipe for each seed, so that a whole comparison is there as soon as possible."""
    chosen = args.recipes or sorted(file.stem for file in args.folder.glob("*.yaml"))
    settings = {name: load(name, args.folder) for name in dict.fromkeys([args.against, *chosen])}
    if not (args.start or args.recipes):  # there a start alone makes no difference
        base = settings[args.against]
        settings = {n: x for n, x in settings.items() if x is base or "start" not in x or x["recipe"] != base["recipe"]}
    trials = {
        (name, seed): Trial(name, own, args.data, args.out / name / f"seed-{seed}", args.epochs * args.epochs_scale,
                            args.random, args.images, seed, None if "start" in own else args.start)
        for seed in args.seeds for name, own in settings.items()
    }  # fmt: skip
    runs = {key: finish(trial) for key, trial in trials.items()}
    return compared([[runs[name, seed] for seed in args.seeds] for name in settings], args.against)


def begun_with(start: Path | None) -> str:
    """What rows begin with that do not say it themselves, for the table."""
    return f"{start.name} ({in_words(schooling_of_start(start))})" if start else RANDOM


def load(name: str, folder: Path) -> dict[str, Any]:
    """A comparison's own settings over those of the one that it is `like`, or with the recipe of a shipped file."""
    own: dict[str, Any] = yaml.safe_load(read_bytes(folder / f"{name}.yaml", "a recipe of the comparison"))
    if own.get("start", "random") != "random":
        raise InputError(f"{name}.yaml: start is '{own['start']}'; expected random, or none for that of --start")
    if isinstance(own.get("recipe"), str):
        return own | {"recipe": load_recipe(RECIPES / own["recipe"]).model_dump(mode="json", exclude_none=True)}
    if "like" not in own:
        return own
    base = load(own["like"], folder)
    recipe = base["recipe"] | own.get("recipe", {})
    recipe["phases"] = [phase | own.get("each_phase", {}) for phase in recipe["phases"]]
    return base | {key: own[key] for key in ("about", "labels", "start") if key in own} | {"recipe": recipe}


if __name__ == "__main__":
    main()
