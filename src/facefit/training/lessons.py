"""What one subnet learns from a batch: images as it is to see them, its answers, its loss, and the gradient of that."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.space import Subnet
from facefit.supernet.network import DescriptorNet, Output
from facefit.training.augment import View, augment
from facefit.training.engine import Engine
from facefit.training.heads import Head
from facefit.training.recipe import Augmentation


class Batch(NamedTuple):
    """Images uint8 (n, 3, h, w), targets float32 (n, k), and what is random about this step's images."""

    images: Tensor
    targets: Tensor
    view: View


class Runs(Protocol):
    """Runs normalised images (n, 3, size, size) through a subnet."""

    def __call__(self, x: Tensor) -> Output: ...


class Lesson:
    """How a subnet is taught: `distillation` is the share of the loss that a larger subnet's answers have."""

    def __init__(self, net: DescriptorNet, head: Head, distillation: float, engine: Engine) -> None:
        self.net, self.engine = net, engine
        self._head, self._distillation = head, distillation
        self._mean, self._std = (
            torch.tensor(v, device=engine.device).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD)
        )

    def teach(
        self, run: Runs, batch: Batch, size: int, how: Augmentation, larger: Tensor | None, learns: bool
    ) -> tuple[Tensor, Tensor]:
        """Answers and loss, both without their history; where it learns, its gradient is added to the parameters'."""
        with torch.set_grad_enabled(learns):
            answers = self._answers(run, self._prepare(batch.images, size, how, batch.view))
            loss = self._head.loss(answers, batch.targets)
            if larger is not None:
                loss = torch.lerp(loss, self._head.imitation(answers, larger), self._distillation)
        if learns:
            self.engine.backward(loss)
        return answers.detach(), loss.detach()

    def run_of(self, subnet: Subnet) -> Runs:
        """The subnet itself."""
        return lambda x: self.net(x, subnet, self.engine.normalise)

    def _answers(self, run: Runs, x: Tensor) -> Tensor:
        """The network computes in the engine's precision, its head in float32: a cosine of bfloat16 has steps of 0.004
        near 1, which are angles of 5 degrees."""
        with self.engine.precise():
            output = run(x)
        return self._head.answers(Output(*(part.float() for part in output)), self.net.classifier)

    def _prepare(self, images: Tensor, size: int, how: Augmentation, view: View) -> Tensor:
        """Network input; the same view at any size, since a student is to answer what its teacher saw."""
        x = augment(images, size, how, view)
        return ((x - self._mean) / self._std).contiguous(memory_format=torch.channels_last)


class Lessons(Protocol):
    """The lessons of a step, all to the same batch, whose gradients add up."""

    def begin(self, batch: Batch, how: Augmentation) -> None:
        """Forgets the gradients of the step before."""
        ...

    def teach(self, subnet: Subnet, larger: Tensor | None = None, learns: bool = True) -> tuple[Tensor, Tensor]:
        """Answers (n, k) and loss of a subnet, which is held against `larger`, another's answers, too."""
        ...

    def end(self) -> None:
        """Leaves gradients in the parameters, and None in those of blocks and kernels that no subnet had."""
        ...


class PlainLessons:
    """Each lesson operation by operation."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson

    def begin(self, batch: Batch, how: Augmentation) -> None:
        self._lesson.net.zero_grad(set_to_none=True)
        self._batch, self._how = batch, how

    def teach(self, subnet: Subnet, larger: Tensor | None = None, learns: bool = True) -> tuple[Tensor, Tensor]:
        run = self._lesson.run_of(subnet)
        return self._lesson.teach(run, self._batch, subnet.resolution, self._how, larger, learns)

    def end(self) -> None:
        return None
