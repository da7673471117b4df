"""Accuracy of the bundled SuperNet's subnets on a split that nothing was trained or selected on: the largest, the
smallest, and many random ones, each with batch-norm statistics recalibrated on photos and predicted without any.

Two questions are answered with intervals, over subnets and over photos: how far random subnets are below the largest,
and what predicting statistics costs. A third one is what limits accuracy: the largest on photos that it has learnt from
beside the search split. `--out` keeps the answers of each subnet: an interrupted call goes on, and one with more random
subnets, up to 200, goes on from one with fewer."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from crossed import crossed_mean, in_points, told, verdict
from machine import machine
from numpy.typing import NDArray
from photo_shares import accuracy, apart
from subnet_answers import EXACT, PREDICTED, Exam, ask

from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.errors import FacefitError, InputError
from facefit.evaluation.bootstrap import Estimate
from facefit.faces.dataset import LabelledFaces, in_search_split
from facefit.faces.ferplus import load_ferplus
from facefit.labels.plan import uniform_labels
from facefit.space.population import encode
from facefit.supernet.loading import from_shared_weights

DRAWN = 200
"""So many random subnets are drawn at least, of which the first are asked: another number drawn gives other subnets."""
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
    train, search_split = load_ferplus(args.data, "train", "majority").split(in_search_split)
    calibration = train.where(np.isin(np.arange(len(train)), rng.permutation(len(train))[: args.calibration]))
    drawn = uniform_labels(space, max(DRAWN, args.random), rng)[: args.random]
    genes = np.concatenate([encode(space, [space.largest, space.smallest]), drawn])
    exam = Exam(from_shared_weights(bundle.weights), bundle.statistics, calibration, valid)
    with progress_bar(f"asking {len(genes)} subnets for {len(valid)} photos") as progress:
        answers = ask(exam, genes, args.out, progress)
    ends = {
        name: {kind: accuracy(answers[kind][i]) for kind in (EXACT, PREDICTED)}
        for i, name in enumerate(("largest", "smallest"))
    }
    facts = {"protocol": valid.protocol, "split": "FER2013Valid", "n": len(valid), "random_subnets": args.random}
    facts |= ends | compared({kind: right.astype(np.float64) for kind, right in answers.items()})
    learnt = train.where(np.isin(np.arange(len(train)), rng.permutation(len(train))[: len(search_split)]))
    return facts | {"largest_on": learnt_and_not(exam, learnt, search_split, args.out)}


def learnt_and_not(exam: Exam, learnt: LabelledFaces, search_split: LabelledFaces, folder: Path) -> dict[str, Any]:
    """The largest, with recalibrated statistics, on clear photos that it has learnt from and on those held out."""
    largest = encode(exam.net.space, [exam.net.space.largest])
    own, others = (
        ask(replace(exam, photos=photos), largest, folder / name)[EXACT][0]
        for name, photos in (("learnt", learnt), ("search-split", search_split))
    )
    return {"learnt": accuracy(own), "search_split": accuracy(others), "learnt_minus_search_split": apart(own, others)}


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


def lines(facts: dict[str, Any]) -> list[str]:
    """The figures for people; 'in doubt' means that the interval holds the limit."""
    found = ["In brackets: 95 % intervals. Ranges are from the least to the greatest of the random subnets."]
    for end in ("largest", "smallest"):
        accuracy = Estimate(facts[end][EXACT]["accuracy"], tuple(facts[end][EXACT]["interval"]))
        found.append(f"{end}: {told(accuracy)} %")
    mean = Estimate(facts["random_mean_accuracy"], tuple(facts["random_mean_interval"]))
    least, greatest = (100 * facts[key] for key in ("random_min", "random_max"))
    found.append(f"mean of {facts['random_subnets']} random subnets: {told(mean)} %")
    found.append(f"range of the random subnets: from {least:.1f} to {greatest:.1f} %")
    for key, what, limit in (
        ("random_minus_largest", "random minus largest", f"at least {-BELOW_LARGEST_POINTS:g}"),
        ("statistics_gap", "cost of predicted statistics", f"at most {GAP_POINTS:g}"),
    ):
        one = facts[key]
        low, high = one["interval"]
        found.append(f"{what}: {one['points']:+.2f} points ({low:+.2f} to {high:+.2f}); {limit}: {one['verdict']}")
    found.append(f"greatest cost to one of them: {facts['statistics_gap_points_worst']:+.2f} points")
    on = facts["largest_on"]
    learnt, held_out = (
        told(Estimate(on[key]["accuracy"], tuple(on[key]["interval"]))) for key in ("learnt", "search_split")
    )
    difference = on["learnt_minus_search_split"]
    minus = told(Estimate(difference["value"], tuple(difference["interval"])), sign="+")
    found.append(f"largest on photos learnt from: {learnt} %, on the search split: {held_out} %; apart: {minus} points")
    return found


if __name__ == "__main__":
    main()
