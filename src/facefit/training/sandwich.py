"""One step of training: which subnets see a batch, what they are held against, and the gradient of all together."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.space import Subnet
from facefit.supernet.network import DescriptorNet, Output
from facefit.training.augment import View, augment
from facefit.training.engine import Engine
from facefit.training.feed import Sample
from facefit.training.heads import Head
from facefit.training.recipe import Augmentation, Phase
from facefit.training.subnets import largest_at, students


class Sandwich:
    """The sandwich rule with in-place distillation (Yu & Huang 2019), as far as a phase wants it.

    Leaves the gradient of the whole batch, of all subnets, in the parameters.
    """

    def __init__(self, net: DescriptorNet, head: Head, distillation: float, engine: Engine) -> None:
        self._net, self._head, self._distillation, self._engine = net, head, distillation, engine
        self._mean, self._std = (
            torch.tensor(v, device=engine.device).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD)
        )

    def __call__(self, phase: Phase, number: int, sample: Sample, rng: np.random.Generator) -> list[float]:
        """Losses of step `number` over the whole batch: the largest subnet's, if it is run, and the students'."""
        view = self._view(int(rng.integers(2**62)), phase)
        teacher, losses = self._teach(phase, number, sample, view)
        for subnet in students(self._net.space, phase, rng):
            x = self._prepare(sample.images, subnet.resolution, phase.augmentation, view)
            answers = self._answers(x, subnet)
            loss = self._head.loss(answers, sample.targets)
            if teacher is not None:
                loss = torch.lerp(loss, self._head.imitation(answers, teacher), self._distillation)
            self._engine.backward(loss)
            losses.append(loss)
        self._engine.average_gradients(self._net.parameters())
        return self._engine.average(losses)

    def _teach(self, phase: Phase, number: int, sample: Sample, view: View) -> tuple[Tensor | None, list[Tensor]]:
        """Runs the largest subnet, with a gradient where it is its turn; returns its answers and its loss, if any."""
        if phase.largest == "never":
            return None, []
        learns = phase.largest == "every" or number % 2 == 0
        subnet = largest_at(self._net.space, phase.resolutions[-1])
        x = self._prepare(sample.images, subnet.resolution, phase.augmentation, view)
        with torch.set_grad_enabled(learns):
            answers = self._answers(x, subnet)
            loss = self._head.loss(answers, sample.targets)
        if learns:
            self._engine.backward(loss)
        return answers.detach(), [loss]

    def _answers(self, x: Tensor, subnet: Subnet) -> Tensor:
        """The network computes in the engine's precision, its head in float32: a cosine of bfloat16 has steps of 0.004
        near 1, which are angles of 5 degrees."""
        with self._engine.precise():
            output = self._net(x, subnet, self._engine.normalise)
        return self._head.answers(Output(*(part.float() for part in output)), self._net.classifier)

    def _view(self, seed: int, phase: Phase) -> View:
        """What is random about this step's images, drawn for the batch of all processes."""
        drawn = View.draw(phase.batch, torch.Generator().manual_seed(seed))
        return drawn.part(self._engine.part(phase.batch), self._engine.device)

    def _prepare(self, images: Tensor, size: int, how: Augmentation, view: View) -> Tensor:
        """Network input; the same view at any size, since a student is to answer what its teacher saw."""
        x = augment(images, size, how, view)
        return ((x - self._mean) / self._std).contiguous(memory_format=torch.channels_last)
