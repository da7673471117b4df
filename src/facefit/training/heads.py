"""What a network answers while a SuperNet learns, and how far that is from what it should answer."""

from __future__ import annotations

import math
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facefit.supernet.network import Output
from facefit.training.objective import soft_cross_entropy
from facefit.training.recipe import ArcFaceSettings, HeadSettings, TaughtSettings

_EDGE = 1e-6
"""The derivative of the arc cosine is infinite at 1."""


class Head(Protocol):
    """Reads the network's output; the classifier's rows are the classes' centres, and are shared by all subnets."""

    def answers(self, output: Output, classifier: nn.Linear) -> Tensor:
        """What is held against the targets, (n, k)."""
        ...

    def loss(self, answers: Tensor, targets: Tensor) -> Tensor:
        """Distance from the targets, (n, k); a scalar."""
        ...

    def imitation(self, answers: Tensor, larger: Tensor) -> Tensor:
        """Distance from what a larger subnet answered to the same images (in-place distillation, Yu & Huang 2019)."""
        ...

    def settle(self, classifier: nn.Linear) -> None:
        """Brings the classifier into the head's form; called before training and after each step."""
        ...


class SoftmaxHead:
    """The classifier's own logits, without a margin."""

    def answers(self, output: Output, classifier: nn.Linear) -> Tensor:
        return output.logits

    def loss(self, answers: Tensor, targets: Tensor) -> Tensor:
        return soft_cross_entropy(answers, targets)

    def imitation(self, answers: Tensor, larger: Tensor) -> Tensor:
        return soft_cross_entropy(answers, larger.softmax(1))

    def settle(self, classifier: nn.Linear) -> None:
        return None


class ArcFaceHead:
    """Cosines of descriptor and class centre, times a scale; the angle to the target's centre has to be smaller by a
    margin (Deng et al. 2019, 'ArcFace: Additive Angular Margin Loss for Deep Face Recognition', section 3.1).

    Centres keep unit length and the bias stays 0, so that the plain classifier's best class is the nearest centre:
    evaluation and export need not know the head.
    """

    def __init__(self, settings: ArcFaceSettings) -> None:
        self._margin, self._scale = settings.margin_radians, settings.scale

    def answers(self, output: Output, classifier: nn.Linear) -> Tensor:
        return self._scale * F.linear(F.normalize(output.descriptor), F.normalize(classifier.weight))

    def strained(self, answers: Tensor, targets: Tensor) -> Tensor:
        """The answers made harder for the target class; as far as a class is the target, so that soft targets have
        soft margins."""
        angles = torch.acos((answers / self._scale).clamp(_EDGE - 1, 1 - _EDGE))
        return self._scale * torch.cos((angles + self._margin * targets).clamp(max=math.pi))

    def loss(self, answers: Tensor, targets: Tensor) -> Tensor:
        return soft_cross_entropy(self.strained(answers, targets), targets)

    def imitation(self, answers: Tensor, larger: Tensor) -> Tensor:
        return soft_cross_entropy(answers, larger.softmax(1))

    @torch.no_grad()
    def settle(self, classifier: nn.Linear) -> None:
        classifier.weight.copy_(F.normalize(classifier.weight))
        classifier.bias.zero_()


class TaughtHead:
    """Unit descriptors that look up the same faces as a teacher's do, among many that the teacher has described.

    Cosines with these anchors, over a temperature, are logits; the teacher's own are the target (relations as in Park
    et al. 2019, 'Relational Knowledge Distillation', as probabilities as in Hinton et al. 2015). A plain distance from
    the teacher's descriptor is ruled by what varies most among faces, such as sex and age, and hardly teaches who is
    who. Needs no classes, and so no names.
    """

    def __init__(self, settings: TaughtSettings, described: Tensor) -> None:
        """`described` are the teacher's unit descriptors, (n, d), of which evenly spaced ones become anchors."""
        places = torch.linspace(0, len(described) - 1, min(settings.anchors, len(described))).long()
        self._anchors, self._temperature = described[places], settings.temperature

    def answers(self, output: Output, classifier: nn.Linear) -> Tensor:
        return F.normalize(output.descriptor)

    def loss(self, answers: Tensor, targets: Tensor) -> Tensor:
        return soft_cross_entropy(self._looked_up(answers), self._looked_up(targets).softmax(1))

    def imitation(self, answers: Tensor, larger: Tensor) -> Tensor:
        return self.loss(answers, larger)

    def _looked_up(self, descriptors: Tensor) -> Tensor:
        return descriptors @ self._anchors.T / self._temperature

    def settle(self, classifier: nn.Linear) -> None:
        return None


def make_head(settings: HeadSettings, targets: Tensor) -> Head:
    """The head that a recipe asks for; `targets`, (n, k), are what the photos come with."""
    if isinstance(settings, ArcFaceSettings):
        return ArcFaceHead(settings)
    return TaughtHead(settings, targets) if isinstance(settings, TaughtSettings) else SoftmaxHead()
