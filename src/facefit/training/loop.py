"""The training loop: phases of sandwich steps, checkpoints, metrics, resume."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from facefit.faces.batches import Faces
from facefit.supernet.importance import sort_channels
from facefit.supernet.network import DescriptorNet, SuperNet
from facefit.training.agreement import by_all, by_leader, check_alike
from facefit.training.average import MovingAverage
from facefit.training.checkpoint import Progress, load_checkpoint, save_checkpoint
from facefit.training.engine import Engine, start_engine
from facefit.training.feed import Sample, TargetsOf, make_feed
from facefit.training.heads import make_head
from facefit.training.lessons import Lesson
from facefit.training.metrics import Epoch, JsonLines, Log, Logs
from facefit.training.optimiser import descend, new_optimiser, set_learning_rate
from facefit.training.order import Order
from facefit.training.recipe import Phase, Recipe
from facefit.training.recorded import lessons_for
from facefit.training.sandwich import Sandwich
from facefit.training.steps import Steps


class Trainer:
    """Trains a SuperNet, or a network without choices, in place and keeps an exponential moving average of its weights.

    All randomness of a step comes from the seed and the step's number, so a resumed run continues as if it had
    never stopped. `folder` receives `checkpoint.pt` and `metrics.jsonl`; `logs` receive what the latter does.
    With an engine of several processes each has a trainer, and the leading one writes the files.
    """

    def __init__(
        self,
        net: DescriptorNet,
        faces: Faces,
        recipe: Recipe,
        folder: Path,
        seed: int,
        engine: Engine | None = None,
        logs: Sequence[Log] = (),
        workers: int | None = None,
    ) -> None:
        self.recipe, self.folder, self.seed = recipe, folder, seed
        self.engine = engine or start_engine()
        self.net, self.faces = net.to(self.engine.device), faces
        self.steps, self.progress = Steps(recipe, len(faces)), Progress(phase=0, step_in_phase=0)
        self.steps.check_batches(self.engine)
        self._feed = make_feed(faces, self.engine.device, workers, self.engine.processes_here)
        self._head = make_head(recipe.head, TargetsOf(faces, self.engine.device))
        self._head.settle(net.classifier)
        lesson = Lesson(net, self._head, recipe.distillation, self.engine)
        self._sandwich = Sandwich(net, lessons_for(lesson), self.engine)
        self._average = MovingAverage(net, recipe.average_decay)
        self.average = self._average.tensors
        self.optimiser = new_optimiser(net, recipe.weight_decay)
        self._logs = Logs(self.engine, (JsonLines(folder / "metrics.jsonl"), *logs))

    @property
    def damaged(self) -> dict[str, str]:
        """Images that were found to be damaged since the run began, with the reason."""
        return self.progress.damaged

    def resume(self) -> bool:
        """Goes on from the checkpoint, if any; logs drop what is trained again.

        Raises `ArtifactError` for damage, `InputError` where processes do not go on with the same photos and step.
        """
        where = self.folder / "checkpoint.pt"
        state = by_all(self.engine, lambda: load_checkpoint(where, self.net, self.average, self.optimiser))
        self.progress = state or self.progress
        done = self.steps.done(self.progress)
        if self.engine.processes > 1:
            said = f"step {done}, photos {self.faces.fingerprint()[:12]}"
            check_alike(self.engine, said, f"let all machines see one folder {self.folder} and the same photos")
        self._logs.keep(partial(self.steps.is_past, self.progress), done)
        return state is not None

    def run(
        self,
        report: Callable[[Progress], None],
        at_epoch: Callable[[int], dict[str, float]],
        save_seconds: float,
        stops: Callable[[], bool] = lambda: False,
    ) -> None:
        """Trains to the end of the recipe; `at_epoch` gives figures that are logged with each epoch's loss.

        Of several processes only the leading one asks for figures. Where any of them is asked to stop, by `stops`
        after a step, all keep what is done and raise `KeyboardInterrupt`. Raises `TrainingError` if a loss or a
        gradient is no longer finite; the last checkpoint is from before that, but goes on to it again.
        """
        saved = time.monotonic()
        while self.progress.phase < len(self.recipe.phases):
            phase = self.recipe.phases[self.progress.phase]
            if self.progress.step_in_phase == 0:
                self._begin(phase)
            for sample in self._samples(phase):
                self.progress.epoch_losses.append(self.step(phase, sample))
                self.progress.step_in_phase += 1
                epoch, into_epoch = divmod(self.progress.step_in_phase, self.steps.per_epoch(phase))
                if into_epoch == 0:
                    self._end_epoch(epoch, float(np.mean(self.progress.epoch_losses)), at_epoch)
                    self.progress.epoch_losses = []
                report(self.progress)
                asked = stops()
                if self.engine.anywhere(asked or time.monotonic() - saved > save_seconds):
                    self.save()
                    saved = time.monotonic()
                    if self.engine.anywhere(asked):
                        raise KeyboardInterrupt
            self.progress = Progress(self.progress.phase + 1, 0, damaged=self.damaged)
            self.save()

    def step(self, phase: Phase, sample: Sample) -> float:
        """One sandwich step; returns the loss of the largest subnet, or of the first student without it."""
        number = self.progress.step_in_phase
        rng = np.random.default_rng([self.seed, self.progress.phase, number])
        done = number / self.steps.of(phase)
        set_learning_rate(self.optimiser, phase.peak_learning_rate, done, self.recipe.warmup_fraction)
        losses = self._sandwich(phase, number, sample, rng)
        descend(self.optimiser, self.net, losses, f"step {number + 1} of phase {self.progress.phase + 1}")
        self._head.settle(self.net.classifier)
        self._average.update(number)
        return losses[0]

    def save(self) -> None:
        """Writes the checkpoint, from the leading process; all processes have to come here."""
        where = self.folder / "checkpoint.pt"
        self.progress.damaged = self.engine.together(self.damaged)  # each finds what its own parts hold
        by_leader(self.engine, lambda: save_checkpoint(where, self.net, self.average, self.optimiser, self.progress))

    def _samples(self, phase: Phase) -> Iterator[Sample]:
        """What is left of a phase; a part of a batch that one process cannot read ends all."""
        order = Order(self.faces, self.seed, self.progress.phase, phase.batch)
        first, last = self.progress.step_in_phase, self.steps.of(phase)
        samples = self._feed.samples(order, first, last, self.engine.part(phase.batch))
        for _ in range(first, last):
            sample = by_all(self.engine, lambda: next(samples))
            self.progress.damaged |= sample.damaged
            yield sample

    def _end_epoch(self, epoch: int, loss: float, at_epoch: Callable[[int], dict[str, float]]) -> None:
        self.progress.damaged = self.engine.together(self.damaged)

        def told() -> Epoch:
            figures = at_epoch(epoch) | ({"damaged_images": float(len(self.damaged))} if self.damaged else {})
            return Epoch(self.progress.phase, epoch, self.steps.done(self.progress), loss, figures)

        self._logs.append(told)

    def _begin(self, phase: Phase) -> None:
        if phase.sort_channels_first and isinstance(self.net, SuperNet):
            sort_channels(self.net)
        self.optimiser = new_optimiser(self.net, self.recipe.weight_decay)
        self._average.restart()
