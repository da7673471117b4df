"""One step of training: which subnets see a batch, what they are held against, and the gradient of all together."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from facefit.supernet.network import DescriptorNet
from facefit.training.augment import View
from facefit.training.engine import Engine
from facefit.training.feed import Sample
from facefit.training.lessons import Batch, Lessons
from facefit.training.recipe import Phase
from facefit.training.subnets import largest_at, students


class Sandwich:
    """The sandwich rule with in-place distillation (Yu & Huang 2019), as far as a phase wants it.

    Leaves the gradient of the whole batch, of all subnets, in the parameters.
    """

    def __init__(self, net: DescriptorNet, lessons: Lessons, engine: Engine) -> None:
        self._net, self._lessons, self._engine = net, lessons, engine

    def __call__(self, phase: Phase, number: int, sample: Sample, rng: np.random.Generator) -> list[float]:
        """Losses of step `number` over the whole batch: the largest subnet's, if it is run, and the students'."""
        view = self._view(int(rng.integers(2**62)), phase)
        self._lessons.begin(Batch(sample.images, sample.targets, view), phase.augmentation)
        losses, teacher = list[Tensor](), None
        if phase.largest != "never":
            learns = phase.largest == "every" or number % 2 == 0
            teacher, loss = self._lessons.teach(largest_at(self._net.space, phase.resolutions[-1]), learns=learns)
            losses.append(loss)
        for subnet in students(self._net.space, phase, rng):
            losses.append(self._lessons.teach(subnet, teacher)[1])
        self._lessons.end()
        self._engine.average_gradients(self._net.parameters())
        return self._engine.average(losses)

    def _view(self, seed: int, phase: Phase) -> View:
        """What is random about this step's images, drawn for the batch of all processes."""
        drawn = View.draw(phase.batch, torch.Generator().manual_seed(seed))
        return drawn.part(self._engine.part(phase.batch), self._engine.device)
