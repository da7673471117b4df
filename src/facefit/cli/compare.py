"""`facefit compare`: fit and judge what ranks subnets."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from facefit.artifacts import check_writable
from facefit.bundle import COMPARATOR, CONCATENATING, LABELS, SURROGATE, Ranking
from facefit.cli.options import Json, Seed
from facefit.cli.output import Output, progress_bar
from facefit.comparator import ComparatorQuality, Rankings, fit_rankings
from facefit.labels.store import Labels


def compare(
    run: Annotated[Path, typer.Argument(metavar="RUN", help=f"Folder with {LABELS}, from 'facefit label'.")],
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Learn from labels which of two subnets is more accurate, and judge that on subnets held out.

    Learns all that --surrogate of 'fit' and 'search' names: a regression of the accuracy, the comparator, and the
    paper's own comparator for comparison. All are judged on the same subnets.
    """
    started = time.perf_counter()
    output, labels = Output(json), Labels.load(run / LABELS)
    for name in (COMPARATOR, SURROGATE, CONCATENATING):  # all three are of the same labels
        check_writable(run / name)
    with progress_bar("fitting the comparators and the surrogate"):
        found = fit_rankings(labels.space, labels.genes, labels.accuracy, np.random.default_rng(seed))
    found.comparator.save(run / COMPARATOR)
    found.surrogate.save(run / SURROGATE)
    found.concatenating.save(run / CONCATENATING)
    output.line(f"labels: {len(labels)} subnets, {labels.protocol}, n = {labels.n}")
    for line in _table(found):
        output.line(line)
    output.line(f"wrote {run / COMPARATOR}, {run / SURROGATE} and {run / CONCATENATING}")
    output.result(_figures(run, labels, found) | {"seconds": time.perf_counter() - started})


def _rows(found: Rankings) -> dict[Ranking, dict[str, Any]]:
    """Figures of each ranking; None where all subnets held out were predicted alike, so that there is no order."""
    judged = found.surrogate_judged
    tau = None if np.isnan(judged.kendall_tau) else judged.kendall_tau
    predicted = {"pair_accuracy": judged.pair_accuracy, "kendall_tau": tau, "rmse": found.surrogate.rmse}
    return {
        "accuracy": {"model": found.surrogate.name} | predicted,
        "comparator": {"model": "comparator of pairs"} | _of_pairs(found.comparator.quality),
        "concatenating": {"model": "the paper's, of concatenated codes"} | _of_pairs(found.concatenating.quality),
    }


def _of_pairs(quality: ComparatorQuality) -> dict[str, Any]:
    return {"pair_accuracy": quality.pair_accuracy, "kendall_tau": quality.kendall_tau}


def _table(found: Rankings) -> list[str]:
    rows = _rows(found)
    width = max(len(row["model"]) for row in rows.values())
    lines = [f"{'--surrogate':<13}  {'model':<{width}}  pairs in order  Kendall tau  error"]
    for name, row in rows.items():
        tau = "none" if row["kendall_tau"] is None else f"{row['kendall_tau']:.3f}"
        error = f"{100 * row['rmse']:.2f} points" if "rmse" in row else "-"
        lines.append(f"{name:<13}  {row['model']:<{width}}  {100 * row['pair_accuracy']:12.2f} %  {tau:>11}  {error}")
    return [*lines, f"all judged on the same {found.comparator.quality.held_out_subnets} subnets, held out"]


def _figures(run: Path, labels: Labels, found: Rankings) -> dict[str, Any]:
    return {
        "comparator": str(run / COMPARATOR),
        "surrogate": str(run / SURROGATE),
        "concatenating": str(run / CONCATENATING),
        **asdict(found.comparator.quality),
        "concatenating_pair_accuracy": found.concatenating.quality.pair_accuracy,
        "concatenating_kendall_tau": found.concatenating.quality.kendall_tau,
        "accuracy_rmse": found.surrogate.rmse,
        "rankings": _rows(found),
        "protocol": labels.protocol,
        "n": labels.n,
    }
