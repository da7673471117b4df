"""`facefit train`: a SuperNet from labelled faces."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from facefit.bundle import SUPERNET
from facefit.cli.options import Json, Seed
from facefit.cli.output import Output
from facefit.cli.sources import SETTINGS, check_task, source_for
from facefit.cli.training_run import TrainingRun, check_head, run_facts, same_run, train_supernet
from facefit.errors import require
from facefit.weights import SharedWeights
from facefit.weights.metadata import Task

_RECIPES: dict[Task, str] = {"expression": "ferplus.yaml", "identity": "identity.yaml"}


def train(
    data: Annotated[
        Path,
        typer.Option(metavar="DIR", help="FER+ in its own layout, or a folder per class or person."),
    ],
    out: Annotated[Path, typer.Option(metavar="RUN", help="Run folder; an interrupted run in it goes on.")],
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Training recipe (YAML; default: that of the bundled SuperNet).")
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
    exclude_people: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Identity: people not to learn from, a name a line; may be given again."),
    ] = None,
    licence: Annotated[str, typer.Option(help="Licence of the weights, for their metadata.")] = "not stated",
    save_seconds: Annotated[float, typer.Option(min=1, help="Time between checkpoints.")] = 180.0,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Train a SuperNet with the sandwich rule; one image in ten is held out as the search split.

    Needs the extra 'train'. Continues from the last checkpoint in the run folder.
    """
    require("torch", "train", "training")
    from facefit.training.recipe import load_recipe

    started, output = time.perf_counter(), Output(json)
    wanted = check_task(task)
    settings = load_recipe(recipe or Path(__file__).parents[1] / "recipes" / _RECIPES[wanted])
    source = source_for(wanted, data, teacher, exclude_people or [])
    parts = source.read(max(settings.resolutions), seed)
    check_head(settings, parts)
    beginning = SharedWeights.load(start) if start else None
    facts = run_facts(settings, parts, data, seed) | source.facts(parts)
    facts |= {"start": beginning.metadata.training if beginning else None}
    same_run(out / SETTINGS, facts)
    output.line(
        f"{parts.learning.protocol}: n = {len(parts.learning)} to learn from; search split "
        f"{parts.search_split.protocol}: n = {len(parts.search_split)}"
    )
    if parts.learning.skipped:
        output.line(f"{len(parts.learning.skipped)} images could not be read and were left out")
    run = TrainingRun(wanted, settings, parts, out, facts, source.people(parts), beginning, licence, save_seconds, seed)
    figures = train_supernet(run, output)
    output.line(f"wrote {out / SUPERNET}")
    sizes = {"protocol": parts.learning.protocol, "n": len(parts.learning)}
    sizes |= {"search_split_protocol": parts.search_split.protocol, "search_split_n": len(parts.search_split)}
    took = {"search_split_accuracy": figures, "seconds": time.perf_counter() - started}
    output.result({"file": str(out / SUPERNET)} | sizes | took)
