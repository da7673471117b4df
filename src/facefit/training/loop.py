"""The training loop: phases of sandwich steps, checkpoints, metrics, resume."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from facefit.errors import TrainingError
from facefit.faces.dataset import LabelledFaces
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.supernet.importance import sort_channels
from facefit.supernet.network import DescriptorNet, SuperNet
from facefit.supernet.normalisers import normalise_by_batch
from facefit.training.augment import augment
from facefit.training.checkpoint import Progress, load_checkpoint, save_checkpoint
from facefit.training.heads import make_head
from facefit.training.metrics import Metrics
from facefit.training.optimiser import new_optimiser, set_learning_rate
from facefit.training.recipe import Augmentation, Phase, Recipe
from facefit.training.subnets import largest_at, students


class Trainer:
    """Trains a SuperNet, or a network without choices, in place and keeps an exponential moving average of its weights.

    All randomness of a step comes from the seed and the step's number, so a resumed run continues as if it had
    never stopped. `folder` receives `checkpoint.pt` and `metrics.jsonl`.
    """

    def __init__(self, net: DescriptorNet, faces: LabelledFaces, recipe: Recipe, folder: Path, seed: int) -> None:
        self.net, self.recipe, self.folder, self.seed = net, recipe, folder, seed
        self.images = torch.from_numpy(faces.images).permute(0, 3, 1, 2)
        self.targets = torch.from_numpy(faces.targets)
        self.mean, self.std = (torch.tensor(v).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
        self._head = make_head(recipe.head, self.targets)
        self._head.settle(net.classifier)
        self.average = {k: v.detach().clone() for k, v in net.named_parameters()}
        self.optimiser = new_optimiser(net, recipe.weight_decay)
        self.progress = Progress(phase=0, step_in_phase=0)
        self._metrics = Metrics(folder / "metrics.jsonl")
        if len(faces) < (largest := max(phase.batch for phase in recipe.phases)):
            raise TrainingError(f"{len(faces)} images are fewer than one batch of {largest}; lower the recipe's batch")

    def resume(self) -> bool:
        """Continues from the folder's checkpoint, if there is one; raises `ArtifactError` if it is damaged."""
        state = load_checkpoint(self.folder / "checkpoint.pt", self.net, self.average, self.optimiser)
        if state is not None:
            self.progress = state
            self._metrics.keep(self._is_past)
        return state is not None

    def run(
        self, report: Callable[[Progress], None], at_epoch: Callable[[int], dict[str, float]], save_seconds: float
    ) -> None:
        """Trains to the end of the recipe; `at_epoch` gives figures that are logged with each epoch's loss.

        Raises `TrainingError` if a loss or a gradient is no longer finite; the last checkpoint is from before that.
        """
        saved = time.monotonic()
        while self.progress.phase < len(self.recipe.phases):
            phase = self.recipe.phases[self.progress.phase]
            if self.progress.step_in_phase == 0:
                self._begin(phase)
            steps, losses = self.steps(phase), []
            while self.progress.step_in_phase < steps:
                losses.append(self.step(phase))
                self.progress.step_in_phase += 1
                epoch, into_epoch = divmod(self.progress.step_in_phase, self.steps_per_epoch(phase))
                if into_epoch == 0:
                    self._metrics.append(self.progress.phase, epoch, float(np.mean(losses)), at_epoch(epoch))
                    losses = []
                report(self.progress)
                if time.monotonic() - saved > save_seconds:
                    self.save()
                    saved = time.monotonic()
            self.progress = Progress(self.progress.phase + 1, 0)
            self.save()

    def steps_per_epoch(self, phase: Phase) -> int:
        """Whole batches in the data; the rest of an epoch's shuffled images is left out."""
        return len(self.images) // phase.batch

    def steps(self, phase: Phase) -> int:
        return phase.epochs * self.steps_per_epoch(phase)

    def step(self, phase: Phase) -> float:
        """One sandwich step; returns the loss of the largest subnet, or of the first student without it."""
        number = self.progress.step_in_phase
        rng = np.random.default_rng([self.seed, self.progress.phase, number])
        view = int(rng.integers(2**62))
        picked = self._batch(phase, number)
        images, targets = self.images[picked], self.targets[picked]
        done = number / self.steps(phase)
        set_learning_rate(self.optimiser, phase.peak_learning_rate, done, self.recipe.warmup_fraction)
        self.optimiser.zero_grad(set_to_none=True)
        teacher, losses = self._teach(phase, number, images, targets, view)
        for subnet in students(self.net.space, phase, rng):
            x = self._prepare(images, subnet.resolution, phase.augmentation, view)
            answers = self._head.answers(self.net(x, subnet, normalise_by_batch), self.net.classifier)
            loss = self._head.loss(answers, targets)
            if teacher is not None:
                loss = torch.lerp(loss, self._head.imitation(answers, teacher), self.recipe.distillation)
            loss.backward()
            losses.append(loss.item())
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0).item()
        if not all(math.isfinite(value) for value in (*losses, norm)):
            raise TrainingError(
                f"loss {losses}, gradient {norm:.3g} at step {number} of phase {self.progress.phase}; the last "
                f"checkpoint is good: lower the learning rate"
            )
        self.optimiser.step()
        self._head.settle(self.net.classifier)
        self._update_average()
        return losses[0]

    def save(self) -> None:
        save_checkpoint(self.folder / "checkpoint.pt", self.net, self.average, self.optimiser, self.progress)

    def _teach(
        self, phase: Phase, number: int, images: Tensor, targets: Tensor, view: int
    ) -> tuple[Tensor | None, list[float]]:
        """Runs the largest subnet, with a gradient where it is its turn; returns its answers and its loss, if any."""
        if phase.largest == "never":
            return None, []
        learns = phase.largest == "every" or number % 2 == 0
        subnet = largest_at(self.net.space, phase.resolutions[-1])
        x = self._prepare(images, subnet.resolution, phase.augmentation, view)
        with torch.set_grad_enabled(learns):
            answers = self._head.answers(self.net(x, subnet, normalise_by_batch), self.net.classifier)
            loss = self._head.loss(answers, targets)
        if learns:
            loss.backward()
        return answers.detach(), [loss.item()]

    def _prepare(self, images: Tensor, size: int, how: Augmentation, view: int) -> Tensor:
        """Network input; the same view at any size, since a student is to answer what its teacher saw."""
        x = augment(images, size, how, torch.Generator().manual_seed(view))
        return ((x - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def _batch(self, phase: Phase, number: int) -> Tensor:
        epoch, i = divmod(number, self.steps_per_epoch(phase))
        order = np.random.default_rng([self.seed, self.progress.phase, epoch, 1]).permutation(len(self.images))
        return torch.from_numpy(order[i * phase.batch : (i + 1) * phase.batch])

    def _begin(self, phase: Phase) -> None:
        if phase.sort_channels_first and isinstance(self.net, SuperNet):
            sort_channels(self.net)
        self.optimiser = new_optimiser(self.net, self.recipe.weight_decay)
        for name, parameter in self.net.named_parameters():
            self.average[name].copy_(parameter.detach())

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.recipe.average_decay, (1 + self.progress.step_in_phase) / (10 + self.progress.step_in_phase))
        kept = list(self.average.values())
        torch._foreach_lerp_(kept, [p.detach() for p in self.net.parameters()], 1 - decay)

    def _is_past(self, phase: int, epoch: int) -> bool:
        """Whether the checkpoint was made after an epoch."""
        steps = epoch * self.steps_per_epoch(self.recipe.phases[phase])
        return (phase, steps) <= (self.progress.phase, self.progress.step_in_phase)
