"""Batch norm over a batch that several processes share, as if one had it all."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from facefit.supernet.normalisers import EPSILON


class NormaliseByAllBatches:
    """Training: mean and variance over the parts of all processes, which are of equal size.

    One message a norm in each direction (Ioffe & Szegedy 2015 over a shared batch; PyTorch's SyncBatchNorm does the
    same, but for GPUs and whole modules only). All is computed in float32 and the result alone is rounded, as
    PyTorch's batch norm does on one process. Only the statistics meet in float64: of a mean that is large beside the
    deviation, the difference of squares would leave nothing in float32.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes

    def __call__(self, name: str, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        precise = x.float()
        variance, mean = torch.var_mean(precise, dim=(0, 2, 3), correction=0)
        variance, mean = variance.double(), mean.double()
        own = torch.stack([mean, variance + mean.square()])
        mean, square = _sum_over_processes(own) / self._processes
        variance = (square - mean.square()).clamp_min(0)
        scale = weight * torch.rsqrt(variance.float() + EPSILON)
        shift = bias - mean.float() * scale
        return torch.addcmul(shift[:, None, None], precise, scale[:, None, None]).to(x.dtype)


class _Sum(torch.autograd.Function):
    """Sum over processes; since each one's loss depends on it, its gradient is the sum of all gradients."""

    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        return _reduced(own)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _reduced(gradient)


def _sum_over_processes(own: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(own)
    return total


def _reduced(own: Tensor) -> Tensor:
    total = own.clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total
