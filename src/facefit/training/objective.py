"""What a step minimises: votes for all, and the largest subnet's answers for the others."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def soft_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross entropy against distributions; both (n, classes)."""
    return -(targets * F.log_softmax(logits, dim=1)).sum(1).mean()


def student_loss(logits: Tensor, targets: Tensor, teacher_logits: Tensor | None, distillation: float) -> Tensor:
    """In-place distillation (Yu & Huang 2019): a blend of the votes and the largest subnet's probabilities."""
    if teacher_logits is None:
        return soft_cross_entropy(logits, targets)
    taught = torch.lerp(targets, teacher_logits.softmax(1), distillation)
    return soft_cross_entropy(logits, taught)
