"""What a step minimises: votes for all, and the largest subnet's answers for the others."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def soft_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross entropy against distributions; both (n, classes)."""
    return -(targets * F.log_softmax(logits, dim=1)).sum(1).mean()


def student_loss(
    answers: Tensor, strained: Tensor, targets: Tensor, teacher_answers: Tensor | None, distillation: float
) -> Tensor:
    """In-place distillation (Yu & Huang 2019): `strained` logits are held against the votes, and `answers` against the
    largest subnet's probabilities; all are (n, classes)."""
    learnt = soft_cross_entropy(strained, targets)
    if teacher_answers is None:
        return learnt
    return torch.lerp(learnt, soft_cross_entropy(answers, teacher_answers.softmax(1)), distillation)
