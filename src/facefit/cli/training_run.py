"""One training run of the command line: what it is made of, its steps with a progress bar, and its weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from facefit.bundle import SUPERNET
from facefit.cli.faces import Parts
from facefit.cli.interrupts import held_interrupt
from facefit.cli.output import Output, progress_bar
from facefit.cli.training_facts import SKIPPED, keep_skipped, told
from facefit.errors import InputError, counted
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.weights import NetworkMetadata, SeenPeople, SharedWeights
from facefit.weights.metadata import Task

if TYPE_CHECKING:
    from facefit.training.checkpoint import Progress
    from facefit.training.compute import Compute
    from facefit.training.engine import Engine
    from facefit.training.loop import Trainer
    from facefit.training.recipe import Phase, Recipe
    from facefit.training.steps import Steps


@dataclass(frozen=True)
class TrainingRun:
    """What a run is made of."""

    task: Task
    recipe: Recipe
    parts: Parts
    out: Path
    facts: dict[str, Any]
    people: SeenPeople
    start: SharedWeights | None
    licence: str
    save_seconds: float
    seed: int
    tensorboard: bool
    workers: int | None


class Trained(NamedTuple):
    """Accuracies on the search split (of the leading process), and how many images were found to be damaged."""

    accuracies: dict[str, float]
    damaged: int


def train_supernet(run: TrainingRun, engine: Engine, output: Output) -> Trained:
    """Trains to the end and writes the SuperNet."""
    from facefit.supernet.loading import to_shared_weights
    from facefit.training.agreement import by_all
    from facefit.training.compute import Compute
    from facefit.training.monitor import Monitor
    from facefit.training.subnets import ends

    parts, space = run.parts, run.recipe.space()
    trainer = by_all(engine, lambda: _new_trainer(run, engine, output))
    watched = {"largest": space.largest, "smallest": space.smallest}
    monitor = Monitor(trainer.net, parts.calibration, parts.search_split, watched)
    if trainer.resume():
        output.line(f"goes on from {run.out / 'checkpoint.pt'}")
    work = Compute(space, run.recipe, len(parts.learning))
    run_steps(trainer, work, lambda phase: monitor.of(ends(space, phase), trainer.average), run.save_seconds, output)
    if trainer.damaged:
        name, reason = next(iter(sorted(trainer.damaged.items())))
        output.line(
            f"{counted(len(trainer.damaged), 'damaged image')} replaced by others, all named in {run.out / SKIPPED}; "
            f"first: {name} ({reason})"
        )
    if not engine.leads:
        return Trained({}, len(trainer.damaged))
    keep_skipped(run.out, parts.skipped | trainer.damaged)
    figures = monitor(trainer.average)
    metadata = NetworkMetadata(
        task=run.task,
        classes=parts.learning.classes if run.task == "expression" else (),
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        licence=run.licence,
        training=told(run.facts) | {"search_split_accuracy": figures},
        trained_people=run.people.trained,
        search_people=run.people.searched,
    )
    to_shared_weights(space, trainer.average, metadata).save(run.out / SUPERNET)
    return Trained(figures, len(trainer.damaged))


def _new_trainer(run: TrainingRun, engine: Engine, output: Output) -> Trainer:
    """At the first step, whatever the folder holds."""
    from facefit.supernet.loading import start_from, untrained
    from facefit.training.loop import Trainer
    from facefit.training.metrics import TensorBoard

    learning, recipe = run.parts.learning, run.recipe
    net = untrained(recipe.space(), len(learning.classes), run.seed, recipe.shortcut_gain)
    if run.start:
        output.line(f"starts from {start_from(net, run.start)} of {len(net.state_dict())} tensors")
    logs = [TensorBoard(run.out / "tensorboard")] if run.tensorboard else []
    return Trainer(net, learning, recipe, run.out, run.seed, engine, logs, run.workers)


def run_steps(
    trainer: Trainer,
    work: Steps | Compute,
    accuracies: Callable[[Phase], dict[str, float]],
    save_seconds: float,
    output: Output,
) -> None:
    """Trains with a progress bar; Ctrl-C ends the step, keeps it, and then interrupts all processes alike.

    The bar goes by `work`. `accuracies` on the search split are asked for after each epoch of a phase.
    """
    with progress_bar("training") as progress, held_interrupt() as interrupt:

        def report(state: Progress) -> None:
            progress(work.done(state), work.total)

        def at_epoch(epoch: int) -> dict[str, float]:
            figures = accuracies(trainer.recipe.phases[trainer.progress.phase])
            told = ", ".join(f"{name} {100 * value:.2f} %" for name, value in figures.items())
            output.line(f"phase {trainer.progress.phase + 1}, epoch {epoch}: search split {told}")
            return figures

        trainer.run(report, at_epoch, save_seconds, lambda: interrupt.asked)


def check_head(recipe: Recipe, parts: Parts) -> None:
    """Raises `InputError` where the recipe's head does not learn what the photos come with."""
    taught, given = recipe.head.kind == "taught", not parts.learning.classes
    if taught != given:
        raise InputError(
            f"the recipe's head is '{recipe.head.kind}', and there is {'a' if given else 'no'} --teacher; expected "
            f"head 'taught' and a teacher, or neither"
        )
    width = parts.learning.width
    if taught and width != (own := recipe.space().feature_width):
        raise InputError(
            f"the teacher's descriptors have {width} numbers, those of the recipe {own}; set 'descriptor: {width}' in "
            f"the recipe"
        )
