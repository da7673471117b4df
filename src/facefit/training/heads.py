"""How a descriptor is turned into logits over classes while a SuperNet learns: softmax, or ArcFace."""

from __future__ import annotations

import math
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facefit.supernet.network import Output
from facefit.training.recipe import ArcFaceSettings, HeadSettings

_EDGE = 1e-6
"""The derivative of the arc cosine is infinite at 1."""


class Head(Protocol):
    """Reads the network's output; the classifier's rows are the classes' centres, and are shared by all subnets."""

    def answers(self, output: Output, classifier: nn.Linear) -> Tensor:
        """Logits as the network answers, (n, classes): what a teacher teaches."""
        ...

    def strained(self, answers: Tensor, targets: Tensor) -> Tensor:
        """The answers made harder for the target class, (n, classes): what is held against the targets."""
        ...

    def settle(self, classifier: nn.Linear) -> None:
        """Brings the classifier into the head's form; called before training and after each step."""
        ...


class SoftmaxHead:
    """The classifier's own logits, without a margin."""

    def answers(self, output: Output, classifier: nn.Linear) -> Tensor:
        return output.logits

    def strained(self, answers: Tensor, targets: Tensor) -> Tensor:
        return answers

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
        """The margin counts as far as a class is the target, so that soft targets have soft margins."""
        angles = torch.acos((answers / self._scale).clamp(_EDGE - 1, 1 - _EDGE))
        return self._scale * torch.cos((angles + self._margin * targets).clamp(max=math.pi))

    @torch.no_grad()
    def settle(self, classifier: nn.Linear) -> None:
        classifier.weight.copy_(F.normalize(classifier.weight))
        classifier.bias.zero_()


def make_head(settings: HeadSettings) -> Head:
    """The head that a recipe asks for."""
    return ArcFaceHead(settings) if isinstance(settings, ArcFaceSettings) else SoftmaxHead()
