"""Accuracy of the bundled SuperNet's subnets on a split that nothing was trained or selected on: the largest, the
smallest, and many random ones, each with batch-norm statistics recalibrated on photos and predicted without any.

Two questions are answered with intervals, over subnets and over photos: how far random subnets are below the largest,
and what predicting statistics costs. `--out` keeps the answers of each subnet: an interrupted call goes on."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from crossed import crossed_mean, in_points, told, verdict
from machine import machine
from numpy.typing import NDArray
from subnet_answers import EXACT, PREDICTED, Exam, ask

from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.errors import FacefitError, InputError
from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.intervals import Correct, wilson_interval
from facefit.faces.dataset import in_search_split
from facefit.faces.ferplus import load_ferplus
from facefit.labels.plan import uniform_labels
from facefit.space.population import encode
from facefit.supernet.loading import from_shared_weights

BELOW_LARGEST_POINTS, GAP_POINTS = 2.0, 0.3
"""What is allowed: random subnets below the largest, and predicted statistics below recalibrated ones, in the mean."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--random", type=int, default=20, help="number of random subnets, three or more")
    parser.add_argument("--calibration", type=int, default=768)
    parser.add_argument("--out", type=Path, default=Path("supernet-run"), help="folder that keeps answers")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.random < 3:
        parser.error("--random is less than 3, which gives no interval")
    try:
        facts = asked(args)
    except FacefitError as error:
        sys.exit(f"error: {error}")
    for line in lines(facts):
        print(line)
    print(json.dumps(facts | {"seed": args.seed, "machine": machine()}))


def asked(args: argparse.Namespace) -> dict[str, Any]:
    rng, bundle = np.random.default_rng(args.seed), Bundle.load(args.bundle)
    space, valid = bundle.space, load_ferplus(args.data, "valid", "majority")
    if bundle.metadata.classes != valid.classes:
        raise InputError(f"the SuperNet tells {', '.join(bundle.metadata.classes)} apart; expected FER+'s classes")
    train, _ = load_ferplus(args.data, "train", "majority").split(in_search_split)
    calibration = train.where(np.isin(np.arange(len(train)), rng.permutation(len(train))[: args.calibration]))
    genes = np.concatenate([encode(space, [space.largest, space.smallest]), uniform_labels(space, args.random, rng)])
    exam = Exam(from_shared_weights(bundle.weights), bundle.statistics, calibration, valid)
    with progress_bar(f"asking {len(genes)} subnets for {len(valid)} photos") as progress:
        answers = ask(exam, genes, args.out, progress)
    ends = {
        name: {kind: summary(answers[kind][i]) for kind in (EXACT, PREDICTED)}
        for i, name in enumerate(("largest", "smallest"))
    }
    facts = {"protocol": valid.protocol, "split": "FER2013Valid", "n": len(valid), "random_subnets": args.random}
    return facts | ends | compared({kind: right.astype(np.float64) for kind, right in answers.items()})


def compared(answers: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
    """Figures of the random subnets, which follow after the largest and the smallest; tables are (subnets, photos)."""
    exact, predicted = answers[EXACT][2:], answers[PREDICTED][2:]
    mean, below = crossed_mean(exact), crossed_mean(exact - answers[EXACT][0])
    gap = crossed_mean(exact - predicted)
    gain = Estimate(-gap.value, (-gap.interval[1], -gap.interval[0]))
    accuracies, gaps = exact.mean(axis=1), (exact - predicted).mean(axis=1)
    return {
        "random_mean_accuracy": mean.value, "random_mean_interval": list(mean.interval),
        "random_min": float(accuracies.min()), "random_max": float(accuracies.max()),
        "random_minus_largest": in_points(below)
        | {"at_least_points": -BELOW_LARGEST_POINTS, "verdict": verdict(below, -BELOW_LARGEST_POINTS / 100)},
        "statistics_gap_points_mean": 100 * gap.value,
        "statistics_gap_points_interval": [100 * end for end in gap.interval],
        "statistics_gap_points_worst": 100 * float(gaps.max()),
        "statistics_gap": in_points(gap)
        | {"at_most_points": GAP_POINTS, "verdict": verdict(gain, -GAP_POINTS / 100)},
    }  # fmt: skip


def summary(right: Correct) -> dict[str, object]:
    return {"accuracy": float(right.mean()), "interval": list(wilson_interval(int(right.sum()), len(right)))}


def lines(facts: dict[str, Any]) -> list[str]:
    """The figures for people; 'in doubt' means that the interval holds the limit."""
    found = []
    for end in ("largest", "smallest"):
        accuracy = Estimate(facts[end][EXACT]["accuracy"], tuple(facts[end][EXACT]["interval"]))
        found.append(f"{end}: {told(accuracy)} %")
    mean = Estimate(facts["random_mean_accuracy"], tuple(facts["random_mean_interval"]))
    found.append(f"mean of {facts['random_subnets']} random subnets: {told(mean)} %")
    for key, what, limit in (
        ("random_minus_largest", "random minus largest", f"at least {-BELOW_LARGEST_POINTS:g}"),
        ("statistics_gap", "cost of predicted statistics", f"at most {GAP_POINTS:g}"),
    ):
        one = facts[key]
        low, high = one["interval"]
        found.append(f"{what}: {one['points']:+.2f} points ({low:+.2f} to {high:+.2f}); {limit}: {one['verdict']}")
    return found


if __name__ == "__main__":
    main()
