"""Whose statistics a batch norm uses: the batch's, a recorded set, or the batch's while recording them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-5

Statistics = dict[str, tuple[Tensor, Tensor]]
"""Mean and biased variance of each norm, by its name in the network."""


def normalise_by_batch(name: str, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Training: mean and variance of this very batch."""
    return F.batch_norm(x, None, None, weight, bias, training=True, eps=EPSILON)


class NormaliseByStatistics:
    """Evaluation: mean and variance recorded before for exactly this subnet."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics

    def __call__(self, name: str, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        mean, variance = self.statistics[name]
        return F.batch_norm(x, mean, variance, weight, bias, training=False, eps=EPSILON)


class RecordStatistics:
    """Normalises by the batch and keeps its statistics.

    With all calibration images in one batch these are the exact pooled statistics; averaging the variances of
    small batches, as once-for-all does, forgets the variance between batches.
    """

    def __init__(self) -> None:
        self.statistics: Statistics = {}

    def __call__(self, name: str, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        self.statistics[name] = (mean, variance)
        return F.batch_norm(x, mean, variance, weight, bias, training=False, eps=EPSILON)
