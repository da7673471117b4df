"""Whose statistics a batch norm uses: the batch's, a recorded set, or the batch's while recording them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-5

Statistics = dict[str, tuple[Tensor, Tensor]]
"""Mean and biased variance of each norm, by its name in the network."""
_ROWS = 1024
"""Positions whose sums are added up while they are in the cache."""


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance (c,) of each channel of (n, c, h, w).

    On CPUs summed in portions, in float64 across them and about a mean that is nearly the true one: as exact as
    PyTorch's own, which takes many times as long for maps in channels-last order.
    """
    if x.device.type != "cpu":
        variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        return mean, variance
    rows = x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])
    near = rows[:_ROWS].mean(0)
    total, squares = torch.zeros(2, x.shape[1], dtype=torch.float64)
    for part in rows.split(_ROWS):
        apart = part - near
        total += apart.sum(0)
        squares += apart.square_().sum(0)
    offset = total / len(rows)
    variance = (squares / len(rows) - offset.square()).clamp_min(0)
    return (near + offset).to(x.dtype), variance.to(x.dtype)


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
        mean, variance = self.statistics[name] = moments(x)
        return F.batch_norm(x, mean, variance, weight, bias, training=False, eps=EPSILON)
