"""`facefit label`: accuracy of many subnets on the search split, and batch-norm statistics of any subnet."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facefit.bundle import LABELS, STATISTICS, SUPERNET
from facefit.cli.faces import read_parts
from facefit.cli.options import Json, Seed
from facefit.cli.output import Output, progress_bar
from facefit.errors import MissingExtra
from facefit.space.population import encode
from facefit.weights import SharedWeights


def label(
    run: Annotated[Path, typer.Argument(metavar="RUN", help=f"Folder with {SUPERNET}, from 'facefit train'.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The faces that it was trained on.")],
    subnets: Annotated[int, typer.Option(min=1, help="Label so many different subnets.")] = 1000,
    observed: Annotated[int, typer.Option(min=1, help="Learn batch-norm statistics from so many subnets.")] = 300,
    workers: Annotated[int, typer.Option(min=1, help="Processes of one thread each.")] = 1,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure many subnets on the search split, and learn the batch-norm statistics of all.

    Needs the extra 'train'. Adds to the labels that are there; an interrupted call goes on where it stopped.
    """
    if find_spec("torch") is None:
        raise MissingExtra("torch", "train", "labelling")
    from facefit.labels.labelling import label_subnets
    from facefit.labels.plan import branching_labels
    from facefit.labels.statistics import observe_statistics
    from facefit.labels.workers import Work
    from facefit.supernet.loading import from_shared_weights
    from facefit.weights.statistics import StatisticsModel

    started, output = time.perf_counter(), Output(json)
    weights = SharedWeights.load(run / SUPERNET)
    space, net = weights.space, from_shared_weights(weights)
    parts = read_parts(data, max(space.resolutions), seed)
    work = Work(net, parts.calibration, parts.search_split)
    genes = branching_labels(space, subnets, np.random.default_rng(seed))
    with progress_bar(f"labelling {subnets} subnets") as report:
        labels = label_subnets(work, genes, run / LABELS, seed=seed, workers=workers, progress=report)
    output.line(
        f"{len(labels)} subnets, {labels.protocol}, n = {labels.n}: accuracy {100 * labels.accuracy.min():.2f} to "
        f"{100 * labels.accuracy.max():.2f} %; wrote {run / LABELS}"
    )
    if not (run / STATISTICS).exists():
        # The largest subnet is among them, so that every channel of every block has been seen.
        others = branching_labels(space, observed, np.random.default_rng([seed, 1]))
        chosen = np.concatenate([encode(space, [space.largest]), others])
        with progress_bar(f"observing statistics of {len(chosen)} subnets") as report:
            seen = observe_statistics(net, chosen, parts.calibration, report)
        StatisticsModel.fit(space, chosen, seen).save(run / STATISTICS)
        output.line(f"statistics of {len(chosen)} subnets; wrote {run / STATISTICS}")
    output.result(
        {
            "labels": str(run / LABELS),
            "statistics": str(run / STATISTICS),
            "subnets": len(labels),
            "protocol": labels.protocol,
            "n": labels.n,
            "accuracy_min": float(labels.accuracy.min()),
            "accuracy_max": float(labels.accuracy.max()),
            "seconds": time.perf_counter() - started,
        }
    )
