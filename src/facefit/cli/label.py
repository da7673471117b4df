"""`facefit label`: accuracy of many subnets on the search split, and batch-norm statistics of any subnet."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from facefit.bundle import LABELS, STATISTICS, SUPERNET, THRESHOLDS
from facefit.cli.faces import tell_skipped
from facefit.cli.label_models import learn_statistics, learn_thresholds
from facefit.cli.options import Json, Seed
from facefit.cli.output import Output, progress_bar
from facefit.cli.sources import check_classes, source_again
from facefit.device import DeviceProfile
from facefit.errors import InputError, require
from facefit.space import SearchSpace
from facefit.weights import SharedWeights
from facefit.weights.statistics import StatisticsModel

if TYPE_CHECKING:
    from facefit.labels.labelling import Spread
    from facefit.labels.plans import LabelPlan
    from facefit.labels.store import Labels

NEAREST = "nearest"
ALONE = MappingProxyType({"--ray": NEAREST})
"""What an option means where no value follows it."""
_MOST = 1_000_000
"""Labels that still fit a memory, and take weeks."""
PlanName = Literal["graded", "uniform", "bands", "band-trees", "active"]


def label(
    run: Annotated[Path, typer.Argument(metavar="RUN", help=f"Folder with {SUPERNET}, from 'facefit train'.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The faces that it was trained on.")],
    subnets: Annotated[
        int, typer.Option(min=1, max=_MOST, help="How many subnets to label, those that are labelled already included.")
    ] = 1000,
    plan: Annotated[
        PlanName,
        typer.Option(
            help="Which subnets: 'graded' to both ends of the space, 'uniform' as in the paper, as many in each of the "
            "latency 'bands' of --profile, the same in 'band-trees' that share layers, or 'active', what searches "
            "within those bands propose, in rounds."
        ),
    ] = "graded",
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Latencies for the plans 'bands', 'band-trees' and 'active'.")
    ] = None,
    round_size: Annotated[int, typer.Option("--round", min=1, help="Labels in a round of the plan 'active'.")] = 250,
    observed: Annotated[
        int,
        typer.Option(min=1, help="How many subnets to learn batch-norm statistics from, where training has not."),
    ] = 300,
    judged: Annotated[int, typer.Option(min=2, help="How many others to judge predicted statistics on, once.")] = 20,
    thresholds: Annotated[
        int, typer.Option(min=2, help="Of people: how many subnets predict the thresholds of all, anew with each call.")
    ] = 48,
    workers: Annotated[int, typer.Option(min=1, help="Processes of one thread each.")] = 1,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="[ADDRESS]",
            help="Label on a Ray cluster (extra 'scale'): 'auto' for the one that this machine belongs to ('HOST:PORT' "
            "if there are several), 'ray://HOST:10001' for one elsewhere, or 'local' to start one of --workers here. "
            "Without an address, before another option or at the end: that of RAY_ADDRESS, else 'auto' if there is "
            "one, else 'local'.",
        ),
    ] = None,
    memory: Annotated[
        float | None, typer.Option(metavar="GB", help="What the activations of each worker may take (default: all).")
    ] = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure many subnets on the search split, and learn to predict the batch-norm statistics of all.

    Needs the extra 'train'. An interrupted call goes on where it stopped.
    """
    require("torch", "train", "labelling")
    from facefit.labels.labelling import label_subnets
    from facefit.labels.workers import Work
    from facefit.supernet.loading import from_shared_weights

    started, output = time.perf_counter(), Output(json)
    if memory is not None and not 0 < memory < math.inf:
        raise InputError(f"--memory {memory:g}: expected gigabytes, a finite number above 0")
    weights, spread = SharedWeights.load(run / SUPERNET), _spread(ray, workers, output)
    chosen = _plan(plan, profile, weights.space, round_size, seed)
    parts = source_again(weights.metadata, run, data).read(max(weights.space.resolutions))
    bound = None if memory is None else memory * 1e9
    work = Work(from_shared_weights(weights), parts.calibration, parts.search_split, bound)
    check_classes(weights.metadata, parts, data)
    tell_skipped(parts, output)
    with progress_bar(f"labelling {subnets} subnets") as report:
        labels = label_subnets(work, chosen, subnets, run / LABELS, spread=spread, progress=report)
    if len(labels) > subnets:
        output.line(f"none was added: {len(labels)} were there, more than the {subnets} of --subnets")
    output.line(
        f"{len(labels)} subnets, {labels.protocol}, n = {labels.n}: accuracy {100 * labels.accuracy.min():.2f} to "
        f"{100 * labels.accuracy.max():.2f} %; wrote {run / LABELS}"
    )
    statistics, done = learn_statistics(run / STATISTICS, work, observed, judged, seed)
    output.line(done)
    if parts.portraits:
        found = learn_thresholds(run / THRESHOLDS, work, statistics, parts, labels, thresholds, seed)
        output.line(f"{found}; each call finds them anew, by its --thresholds and --seed")
    output.result(_result(run, labels, statistics) | {"seconds": time.perf_counter() - started})


def _plan(name: PlanName, profile: Path | None, space: SearchSpace, round_size: int, seed: int) -> LabelPlan:
    from facefit.labels.plans import drawn_plan, latency_plan

    if name == "graded" or name == "uniform":
        return drawn_plan(name, seed)
    if profile is None:
        raise InputError(f"--plan {name} wants the latencies of a device; give a --profile from 'facefit profile'")
    return latency_plan(name, space, DeviceProfile.load(profile).latency(space), round_size, seed)


def _spread(ray: str | None, workers: int, output: Output) -> Spread:
    from facefit.labels.cluster import RayCluster
    from facefit.labels.joining import check_reachable
    from facefit.labels.nearest_cluster import nearest_address
    from facefit.labels.workers import label_chunks

    if ray is None:
        return partial(label_chunks, workers=workers)
    require("ray", "scale", "labelling on a cluster")
    if ray == NEAREST:
        ray, why = nearest_address()
        output.line(f"--ray {ray}: {why}")
    check_reachable(ray)  # before photos are read
    return RayCluster(ray, workers)


def _result(run: Path, labels: Labels, statistics: StatisticsModel) -> dict[str, Any]:
    return {
        "labels": str(run / LABELS),
        "statistics": str(run / STATISTICS),
        "subnets": len(labels),
        "plans": labels.plan_counts,
        "protocol": labels.protocol,
        "n": labels.n,
        "accuracy_min": float(labels.accuracy.min()),
        "accuracy_max": float(labels.accuracy.max()),
        "statistics_cost_points": statistics.cost.points if statistics.cost else None,
    }
