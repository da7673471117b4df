"""`facefit compare`: fit and judge the comparator."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facefit.bundle import COMPARATOR, LABELS, SURROGATE
from facefit.cli.options import Json, Seed
from facefit.cli.output import Output, progress_bar
from facefit.comparator import Comparator, fit_surrogate
from facefit.labels.store import Labels


def compare(
    run: Annotated[Path, typer.Argument(metavar="RUN", help=f"Folder with {LABELS}, from 'facefit label'.")],
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Learn from labels which of two subnets is more accurate, and judge that on subnets held out."""
    started = time.perf_counter()
    output, labels = Output(json), Labels.load(run / LABELS)
    data = labels.space, labels.genes, labels.accuracy
    with progress_bar("fitting the comparator and the surrogate"):
        comparator = Comparator.fit(*data, np.random.default_rng(seed))
        surrogate = fit_surrogate(*data, np.random.default_rng(seed))
    comparator.save(run / COMPARATOR)
    surrogate.save(run / SURROGATE)
    quality = comparator.quality
    output.line(f"labels: {len(labels)} subnets, {labels.protocol}, n = {labels.n}")
    output.line(
        f"on {quality.held_out_subnets} held-out subnets: pair accuracy {100 * quality.pair_accuracy:.2f} %, "
        f"Kendall tau {quality.kendall_tau:.3f}"
    )
    output.line(
        f"predicted accuracy ({type(surrogate).__name__}): error {100 * surrogate.rmse:.2f} points on held-out subnets"
    )
    output.line(f"wrote {run / COMPARATOR} and {run / SURROGATE}")
    output.result(
        {
            "comparator": str(run / COMPARATOR),
            "surrogate": str(run / SURROGATE),
            **asdict(quality),
            "accuracy_rmse": surrogate.rmse,
            "protocol": labels.protocol,
            "n": labels.n,
            "seconds": time.perf_counter() - started,
        }
    )
