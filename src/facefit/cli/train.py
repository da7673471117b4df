"""`facefit train`: a SuperNet from labelled faces."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facefit.artifacts import check_writable
from facefit.bundle import STATISTICS, SUPERNET
from facefit.cli.faces import MEMORY_GIB, Parts, tell_skipped
from facefit.cli.options import ExcludePeople, Json, MemoryLimit, Seed
from facefit.cli.output import Output
from facefit.cli.processes import check_can_be_called_again, one_voice
from facefit.cli.sources import SETTINGS, Source, check_task, source_for
from facefit.cli.training_facts import SKIPPED, excluded_lines, keep_skipped, run_facts, same_run, start_facts
from facefit.cli.training_run import Trained, TrainingRun, check_head, train_supernet
from facefit.cli.training_statistics import learn_after_training
from facefit.errors import require
from facefit.weights import SharedWeights
from facefit.weights.metadata import Task
from facefit.weights.people import with_those_before

if TYPE_CHECKING:
    from facefit.training.engine import Engine
    from facefit.training.recipe import Recipe

_RECIPES: dict[Task, str] = {"expression": "ferplus.yaml", "identity": "identity.yaml"}
_TAUGHT_RECIPE = "identity-taught.yaml"
_NO_LICENCE = "not stated"


def train(
    data: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="FER+, AffectNet or VGGFace2 as they are, a folder per class or person, shards."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="RUN", help="Run folder; an interrupted run in it goes on.")],
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Training recipe (YAML; default: the usual one of the task).")
    ] = None,
    task: Annotated[str, typer.Option(help="'expression' or 'identity'.")] = "expression",
    start: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="SuperNet to start from, as far as its layers fit."),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Identity: descriptors to learn from (Parquet)."),
    ] = None,
    exclude_people: ExcludePeople = None,
    devices: Annotated[int, typer.Option(min=1, help="GPUs of this machine, or CPU processes where it has none.")] = 1,
    num_nodes: Annotated[int, typer.Option(min=1, help="Machines; call the same on each (see docs/training.md).")] = 1,
    precision: Annotated[str, typer.Option(help="'32-true', or 'bf16-mixed' for GPUs that know it.")] = "32-true",
    memory_limit: MemoryLimit = MEMORY_GIB,
    workers: Annotated[
        int | None,
        typer.Option(min=0, help="Readers of photos not in memory, for each training process (default: by cores)."),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write metrics for TensorBoard, into RUN/tensorboard.")
    ] = False,
    licence: Annotated[
        str | None,
        typer.Option(help="Licence of the weights, for their metadata.", show_default="that of --start, or not stated"),
    ] = None,
    observed: Annotated[
        int,
        typer.Option(min=1, help="Expressions: how many subnets to learn batch-norm statistics from, after training."),
    ] = 300,
    save_seconds: Annotated[float, typer.Option(min=1, help="Time between checkpoints.")] = 180.0,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Train a SuperNet with the sandwich rule; one image in ten is held out as the search split.

    Needs the extra 'train'. Continues from the last checkpoint in the run folder.
    """
    require("torch", "train", "training")
    require("lightning_fabric", "train", "training")
    require("numba", "train", "training")
    if tensorboard:
        require("tensorboardX", "tensorboard", "--tensorboard")
    from facefit.training.agreement import by_all, by_leader
    from facefit.training.engine import start_engine
    from facefit.training.recipe import load_recipe

    started, wanted = time.perf_counter(), check_task(task)
    usual = _TAUGHT_RECIPE if teacher else _RECIPES[wanted]
    settings = load_recipe(recipe or Path(__file__).parents[1] / "recipes" / usual)
    source = source_for(wanted, data, teacher, exclude_people or [], memory_limit)
    beginning = SharedWeights.load(start) if start else None
    check_can_be_called_again(devices)
    engine, output = start_engine(devices, num_nodes, precision), Output(json)
    with closing(engine), one_voice(engine):
        by_leader(engine, lambda: check_writable(out / SETTINGS if out.exists() else out))
        parts = by_all(engine, lambda: _read(source, settings))
        facts = by_all(engine, lambda: run_facts(settings, parts, data, seed) | source.facts(parts))
        facts |= {"start": start_facts(start, beginning) if start and beginning else None, "precision": precision}
        by_leader(engine, lambda: _begin(out, facts, parts))
        _tell_parts(parts, facts, out, output)
        people = by_all(engine, lambda: source.people(parts))
        if beginning:
            before = beginning.metadata.trained_people
            people = replace(people, trained=with_those_before(people.trained, parts.learning.protocol, before))
        licence = licence or (beginning.metadata.licence if beginning else _NO_LICENCE)
        run = TrainingRun(
            wanted, settings, parts, out, facts, people, beginning, licence, save_seconds, seed, tensorboard, workers
        )
        trained = train_supernet(run, engine, output)
        output.line(f"wrote {out / SUPERNET}")
    if engine.leads:  # the others are gone: what follows takes long, and one process of it
        learn_after_training(run, observed, output)
        output.result(_result(out, parts, trained, engine) | {"seconds": time.perf_counter() - started})


def _result(out: Path, parts: Parts, trained: Trained, engine: Engine) -> dict[str, Any]:
    sizes = {"protocol": parts.learning.protocol, "n": len(parts.learning), "skipped": len(parts.skipped)}
    sizes |= {"search_split_protocol": parts.search_split.protocol, "search_split_n": len(parts.search_split)}
    sizes |= {"search_split_accuracy": trained.accuracies, "damaged": trained.damaged, "processes": engine.processes}
    statistics = out / STATISTICS
    return {"file": str(out / SUPERNET), "statistics": str(statistics) if statistics.exists() else None} | sizes


def _read(source: Source, recipe: Recipe) -> Parts:
    """Raises `InputError` where the recipe does not learn what the photos come with."""
    parts = source.read(max(recipe.resolutions))
    check_head(recipe, parts)
    return parts


def _begin(out: Path, facts: dict[str, Any], parts: Parts) -> None:
    same_run(out / SETTINGS, facts)
    keep_skipped(out, parts.skipped)


def _tell_parts(parts: Parts, facts: dict[str, Any], out: Path, output: Output) -> None:
    output.line(
        f"{parts.learning.protocol}: n = {len(parts.learning)} to learn from; search split "
        f"{parts.search_split.protocol}: n = {len(parts.search_split)}"
    )
    tell_skipped(parts, output, out / SKIPPED)
    for line in excluded_lines(facts):
        output.line(line)
