"""`facefit train`: a SuperNet from labelled faces."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facefit.artifacts import read_json, write_json
from facefit.bundle import SUPERNET
from facefit.cli.faces import Parts
from facefit.cli.interrupts import held_interrupt
from facefit.cli.options import Json, Seed
from facefit.cli.output import Output, progress_bar
from facefit.cli.sources import SETTINGS, check_task, source_for
from facefit.errors import InputError, require
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.weights import NetworkMetadata, SharedWeights, TrainedPeople
from facefit.weights.metadata import Task

if TYPE_CHECKING:
    from facefit.training.checkpoint import Progress
    from facefit.training.loop import Trainer
    from facefit.training.monitor import Monitor
    from facefit.training.recipe import Recipe

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
    beginning = SharedWeights.load(start) if start else None
    facts = _facts(settings, parts, data, seed) | source.facts(parts)
    facts |= {"start": beginning.metadata.training if beginning else None}
    _same_run(out / SETTINGS, facts)
    output.line(
        f"{parts.learning.protocol}: n = {len(parts.learning)} to learn from; search split "
        f"{parts.search_split.protocol}: n = {len(parts.search_split)}"
    )
    if parts.learning.skipped:
        output.line(f"{len(parts.learning.skipped)} images could not be read and were left out")
    run = _Run(wanted, settings, parts, out, facts, source.people(parts), beginning, licence, save_seconds, seed)
    figures = _train(run, output)
    output.line(f"wrote {out / SUPERNET}")
    sizes = {"protocol": parts.learning.protocol, "n": len(parts.learning)}
    sizes |= {"search_split_protocol": parts.search_split.protocol, "search_split_n": len(parts.search_split)}
    took = {"search_split_accuracy": figures, "seconds": time.perf_counter() - started}
    output.result({"file": str(out / SUPERNET)} | sizes | took)


@dataclass(frozen=True)
class _Run:
    """What a run is made of."""

    task: Task
    recipe: Recipe
    parts: Parts
    out: Path
    facts: dict[str, Any]
    people: TrainedPeople | None
    start: SharedWeights | None
    licence: str
    save_seconds: float
    seed: int


def _train(run: _Run, output: Output) -> dict[str, float]:
    """Trains to the end, writes the SuperNet, and returns accuracies on the search split."""
    from facefit.space import SearchSpace
    from facefit.supernet.loading import start_from, to_shared_weights, untrained
    from facefit.training.loop import Trainer
    from facefit.training.monitor import Monitor

    recipe, parts = run.recipe, run.parts
    space = SearchSpace.ofa_mbv3(recipe.width, recipe.resolutions, recipe.descriptor)
    net = untrained(space, len(parts.learning.classes), run.seed)
    if run.start:
        output.line(f"starts from {start_from(net, run.start)} of {len(net.state_dict())} tensors")
    watched = {"largest": space.largest, "smallest": space.smallest}
    monitor = Monitor(net, parts.calibration, parts.search_split, watched)
    trainer = Trainer(net, parts.learning, recipe, run.out, run.seed)
    if trainer.resume():
        output.line(f"goes on from {run.out / 'checkpoint.pt'}")
    _run(trainer, monitor, run.save_seconds, output)
    figures = monitor(trainer.average)
    metadata = NetworkMetadata(
        task=run.task,
        classes=parts.learning.classes if run.task == "expression" else (),
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        licence=run.licence,
        training=_told(run.facts) | {"search_split_accuracy": figures},
        trained_people=run.people,
    )
    to_shared_weights(space, trainer.average, metadata).save(run.out / SUPERNET)
    return figures


def _run(trainer: Trainer, monitor: Monitor, save_seconds: float, output: Output) -> None:
    """Trains with a progress bar; Ctrl-C ends the step, keeps it, and then interrupts."""
    steps = [trainer.steps(phase) for phase in trainer.recipe.phases]

    with progress_bar("training") as progress, held_interrupt() as interrupt:

        def report(state: Progress) -> None:
            progress(sum(steps[: state.phase]) + state.step_in_phase, sum(steps))
            if interrupt.asked:
                trainer.save()
                raise KeyboardInterrupt

        def at_epoch(epoch: int) -> dict[str, float]:
            figures = monitor(trainer.average)
            accuracies = ", ".join(f"{name} {100 * value:.2f} %" for name, value in figures.items())
            output.line(f"phase {trainer.progress.phase + 1}, epoch {epoch}: search split {accuracies}")
            return figures

        trainer.run(report, at_epoch, save_seconds)


def _facts(recipe: Recipe, parts: Parts, data: Path, seed: int) -> dict[str, Any]:
    """What shapes the run, for its folder and for the metadata of its weights."""
    return {
        "data": data.name,
        "protocol": parts.learning.protocol,
        "n": len(parts.learning),
        "search_split_n": len(parts.search_split),
        "faces": parts.learning.fingerprint(),
        "recipe": recipe.model_dump(mode="json", exclude_none=True),
        "seed": seed,
        "torch": version("torch"),
    }


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """What the weights and all that is made from them say of the run: lists of people only by their length."""
    return {key: len(value) if isinstance(value, list) else value for key, value in facts.items()}


def _same_run(path: Path, facts: dict[str, Any]) -> None:
    """Keeps what the run is made of; raises `InputError` if the folder holds a run made of something else."""
    if path.exists() and path.with_name("checkpoint.pt").exists():
        earlier = read_json(path, "settings of a training run")
        changed = [key for key in facts if key != "torch" and earlier.get(key) != facts[key]]
        if changed:
            raise InputError(
                f"{path.parent}: holds a run with another {', '.join(changed)}; expected the same to go on: "
                f"use the same, or another --out"
            )
    write_json(path, facts)
