"""What limits accuracy: training itself, or the photos? Over the epochs of runs, and over shares of the photos.

`--runs` reads the metrics of training runs: loss, and accuracy on the search split, after each epoch. `--data` trains
the largest subnet alone on shares of the photos, under the SuperNet's recipe, and sets its accuracy on photos that it
has learnt from beside that on the search split: far apart, it overfits, and more photos help as far as the curve still
rises; close together and low, it underfits, and more training or a larger network would help. `--equal` says what
shares have in common. An interrupted call goes on, and what is finished is not trained again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from baseline import RECIPES
from epoch_curves import epochs_markdown, epochs_of
from learning_curve_figure import draw, shares_markdown
from machine import machine
from photo_shares import Shares
from trials import shortened, with_fewer

from facefit.cli.sources import Expressions
from facefit.errors import FacefitError
from facefit.report.drawing import check_figure_name
from facefit.training.recipe import load_recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", default=[], help="folders of training runs")
    parser.add_argument("--data", type=Path, help="FER+, or another folder of expressions")
    parser.add_argument("--out", type=Path, help="folder of the runs that --data asks for")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.25, 0.5, 1.0])
    parser.add_argument("--equal", choices=("steps", "epochs"), default="steps")
    parser.add_argument("--start", type=Path, help="SuperNet (.safetensors) or run of the largest subnet alone, from "
                        "whose weights each share begins")  # fmt: skip
    parser.add_argument("--recipe", type=Path, default=RECIPES / "ferplus.yaml")
    parser.add_argument("--epochs-scale", type=float, default=1.0, help="less than 1 for a trial")
    parser.add_argument("--images", type=int, help="so many photos are all there are, for a trial")
    parser.add_argument("--figure", type=Path, help=".svg or .png")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if not (args.runs or args.data) or bool(args.data) != bool(args.out):
        parser.error("expected --runs, or --data with --out, or both")
    if not all(0 < share <= 1 for share in args.shares) or len(set(args.shares)) != len(args.shares):
        parser.error("expected different shares between 0 and 1, such as 0.25 0.5 1")
    try:
        facts = told(args)
    except FacefitError as error:
        sys.exit(f"error: {error}")
    print(json.dumps(facts | {"seed": args.seed, "machine": machine()}))


def told(args: argparse.Namespace) -> dict[str, Any]:
    """Prints the tables and draws the figure; returns what is in them."""
    if args.figure:
        check_figure_name(args.figure)
    alike = len({run.name for run in args.runs}) < len(args.runs)
    curves = {str(run) if alike else run.name: epochs_of(run) for run in args.runs}
    facts: dict[str, Any] = {"epochs": curves}
    if curves:
        print(epochs_markdown(curves))
    rows = []
    if args.data:
        recipe, source = shortened(load_recipe(args.recipe), args.epochs_scale), Expressions(args.data)
        parts = with_fewer(source.read(recipe.resolutions[-1]), args.images)
        shares = Shares(args.data, source, recipe, args.out, args.equal, args.seed, args.start)
        rows = shares.rows(parts, args.shares)
        print(shares_markdown(rows, args.equal))
        print(f"Start of each share: {args.start or 'random weights'}.")
        facts |= {"shares": rows, "equal": args.equal, "recipe": str(args.recipe), "epochs_scale": args.epochs_scale,
                  "start": str(args.start) if args.start else None, "protocol": parts.learning.protocol,
                  "search_split_n": len(parts.search_split)}  # fmt: skip
    if args.figure:
        draw(curves, rows, args.equal, args.figure)
    return facts


if __name__ == "__main__":
    main()
