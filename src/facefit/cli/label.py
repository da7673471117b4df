"""`facefit label`: accuracy of many subnets on the search split, and batch-norm statistics of any subnet."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from facefit.bundle import LABELS, STATISTICS, SUPERNET, THRESHOLDS
from facefit.cli.options import Json, Seed
from facefit.cli.output import Output, progress_bar
from facefit.cli.sources import check_classes, source_again
from facefit.errors import ArtifactError, require
from facefit.space.population import encode
from facefit.weights import SharedWeights
from facefit.weights.statistics import StatisticsModel

if TYPE_CHECKING:
    from facefit.labels.store import Labels
    from facefit.labels.workers import Work


def label(
    run: Annotated[Path, typer.Argument(metavar="RUN", help=f"Folder with {SUPERNET}, from 'facefit train'.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The faces that it was trained on.")],
    subnets: Annotated[
        int, typer.Option(min=1, help="How many subnets to label, those that are labelled already included.")
    ] = 1000,
    observed: Annotated[int, typer.Option(min=1, help="How many subnets to learn batch-norm statistics from.")] = 300,
    judged: Annotated[int, typer.Option(min=2, help="How many others to judge predicted statistics on.")] = 20,
    workers: Annotated[int, typer.Option(min=1, help="Processes of one thread each.")] = 1,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure many subnets on the search split, and learn to predict the batch-norm statistics of all.

    Needs the extra 'train'. An interrupted call goes on where it stopped.
    """
    require("torch", "train", "labelling")
    from facefit.labels.labelling import label_subnets
    from facefit.labels.plan import graded_labels
    from facefit.labels.workers import Work
    from facefit.supernet.loading import from_shared_weights

    started, output = time.perf_counter(), Output(json)
    weights = SharedWeights.load(run / SUPERNET)
    parts = source_again(weights.metadata, run, data).read(max(weights.space.resolutions), seed)
    work = Work(from_shared_weights(weights), parts.calibration, parts.search_split)
    check_classes(weights.metadata, parts, data)
    genes = graded_labels(weights.space, subnets, np.random.default_rng(seed))
    with progress_bar(f"labelling {subnets} subnets") as report:
        labels = label_subnets(work, genes, run / LABELS, workers=workers, progress=report)
    output.line(
        f"{len(labels)} subnets, {labels.protocol}, n = {labels.n}: accuracy {100 * labels.accuracy.min():.2f} to "
        f"{100 * labels.accuracy.max():.2f} %; wrote {run / LABELS}"
    )
    statistics = _statistics(run / STATISTICS, work, observed, judged, seed)
    output.line(f"predicting batch-norm statistics costs {statistics.cost}; wrote {run / STATISTICS}")
    if weights.metadata.task == "identity":
        output.line(_thresholds(run / THRESHOLDS, work, statistics, judged, seed))
    output.result(_result(run, labels, statistics) | {"seconds": time.perf_counter() - started})


def _result(run: Path, labels: Labels, statistics: StatisticsModel) -> dict[str, Any]:
    return {
        "labels": str(run / LABELS),
        "statistics": str(run / STATISTICS),
        "subnets": len(labels),
        "protocol": labels.protocol,
        "n": labels.n,
        "accuracy_min": float(labels.accuracy.min()),
        "accuracy_max": float(labels.accuracy.max()),
        "statistics_cost_points": statistics.cost.points if statistics.cost else None,
    }


def _thresholds(path: Path, work: Work, statistics: StatisticsModel, judged: int, seed: int) -> str:
    """Writes the similarities from which faces pass as one person, and says what they are."""
    from facefit.labels.plan import graded_labels
    from facefit.labels.thresholds import observe_thresholds

    genes = graded_labels(work.net.space, judged, np.random.default_rng([seed, 2]))
    with progress_bar(f"finding thresholds with {judged} subnets") as report:
        found = observe_thresholds(work.net, statistics, genes, work.search_split, report)
    found.save(path)
    rates = ", ".join(
        f"{value:.3f} +- {found.deviation[far]:.3f} at FAR {far} (TAR {100 * found.tar[far]:.1f} %)"
        for far, value in found.cosine.items()
    )
    return f"cosine thresholds {rates}; {found.calibrated_on}; wrote {path}"


def _statistics(path: Path, work: Work, observed: int, judged: int, seed: int) -> StatisticsModel:
    """Those in the file if they are there already, else learnt, judged on other subnets, and written.

    They are judged on subnets that reach the fast end, where limits lie.
    """
    from facefit.labels.plan import graded_labels, uniform_labels
    from facefit.labels.statistics import observe_statistics, statistics_cost

    net, space, source = work.net, work.net.space, work.fingerprint()
    if path.exists():
        kept = StatisticsModel.load(path, space)
        if kept.source != source:
            raise ArtifactError(
                f"{path}: statistics of another SuperNet or other photos; move the file away to learn new ones"
            )
        return kept
    rng = np.random.default_rng([seed, 1])
    # Graded subnets reach the fast end, uniform ones vary the early blocks, and the largest shows every channel.
    drawn = uniform_labels(space, observed // 2, rng), graded_labels(space, observed - observed // 2, rng)
    genes = np.concatenate([encode(space, [space.largest]), *drawn])
    with progress_bar(f"observing statistics of {len(genes)} subnets") as report:
        model = StatisticsModel.fit(space, genes, observe_statistics(net, genes, work.calibration, report))
    learnt = {gene.tobytes() for gene in genes}
    drawn_anew = graded_labels(space, judged + len(genes), rng)
    others = np.stack([gene for gene in drawn_anew if gene.tobytes() not in learnt][:judged])
    with progress_bar(f"judging predicted statistics on {judged} other subnets") as report:
        cost = statistics_cost(net, model, others, work.calibration, work.search_split, report)
    model = replace(model, cost=cost.summary(work.search_split), source=source)
    model.save(path)
    return model
