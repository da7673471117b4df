"""`facefit compare`: fit and judge what ranks subnets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from facefit.bundle import COMPARATOR, CONCATENATING, LABELS, SURROGATE
from facefit.cli.options import Json, Seed
from facefit.cli.output import Output, progress_bar
from facefit.comparator import Comparator, ComparatorQuality, ConcatenatingComparator, fit_surrogate
from facefit.labels.store import Labels


def compare(
    run: Annotated[Path, typer.Argument(metavar="RUN", help=f"Folder with {LABELS}, from 'facefit label'.")],
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Learn from labels which of two subnets is more accurate, and judge that on subnets held out.

    Learns all that --surrogate of 'fit' and 'search' names: a regression of the accuracy, the comparator, and the
    paper's own comparator for comparison.
    """
    started = time.perf_counter()
    output, labels = Output(json), Labels.load(run / LABELS)
    data = labels.space, labels.genes, labels.accuracy
    with progress_bar("fitting the comparators and the surrogate"):
        comparator = Comparator.fit(*data, np.random.default_rng(seed))
        surrogate = fit_surrogate(*data, np.random.default_rng(seed))
        concatenating = ConcatenatingComparator.fit(*data, np.random.default_rng(seed))
    comparator.save(run / COMPARATOR)
    surrogate.save(run / SURROGATE)
    concatenating.save(run / CONCATENATING)
    qualities = {"comparator": comparator.quality, "the paper's, of concatenated codes": concatenating.quality}
    for line in _lines(labels, qualities):
        output.line(line)
    output.line(f"predicted accuracy ({surrogate.name}): error {100 * surrogate.rmse:.2f} points on held-out subnets")
    output.line(f"wrote {run / COMPARATOR}, {run / SURROGATE} and {run / CONCATENATING}")
    output.result(_figures(run, labels, comparator.quality, concatenating.quality)
        | {"accuracy_rmse": surrogate.rmse, "seconds": time.perf_counter() - started})  # fmt: skip


def _lines(labels: Labels, qualities: Mapping[str, ComparatorQuality]) -> list[str]:
    told = [
        f"{name}: pair accuracy {100 * quality.pair_accuracy:.2f} %, Kendall tau {quality.kendall_tau:.3f} on "
        f"{quality.held_out_subnets} held-out subnets"
        for name, quality in qualities.items()
    ]
    return [f"labels: {len(labels)} subnets, {labels.protocol}, n = {labels.n}", *told]


def _figures(run: Path, labels: Labels, quality: ComparatorQuality, concatenating: ComparatorQuality) -> dict[str, Any]:
    return {
        "comparator": str(run / COMPARATOR),
        "surrogate": str(run / SURROGATE),
        "concatenating": str(run / CONCATENATING),
        **asdict(quality),
        "concatenating_pair_accuracy": concatenating.pair_accuracy,
        "concatenating_kendall_tau": concatenating.kendall_tau,
        "protocol": labels.protocol,
        "n": labels.n,
    }
