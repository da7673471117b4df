"""Depthwise convolution with a gradient that is fast on CPUs.

For maps in channels-last order oneDNN computes the gradient of a depthwise kernel as that of a dense convolution of 16
channels each, which took a third of a training step. Here it is a sum over the map, for all channels at once, compiled
by Numba (`benchmarks/depthwise.py` has both side by side). With several threads PyTorch's own is faster.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import Function, once_differentiable

Array: TypeAlias = NDArray[np.float32]


def depthwise(x: Tensor, weight: Tensor, stride: int, margin: int) -> Tensor:
    """Convolves (n, c, h, w) with (c, 1, k, k), each channel by itself, `margin` zeros around the map."""
    learns = torch.is_grad_enabled() and weight.requires_grad
    plain = x.dtype == weight.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    if learns and plain and x.device.type == "cpu" and torch.get_num_threads() == 1:
        y: Tensor = _Depthwise.apply(x, weight, stride, margin)
        return y
    return F.conv2d(x, weight, None, stride, margin, groups=x.shape[1])


class _Depthwise(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int, margin: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.form = stride, margin
        return F.conv2d(x, weight, None, stride, margin, groups=x.shape[1])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        stride, margin = ctx.form
        of_x: Tensor | None = None
        if ctx.needs_input_grad[0]:
            form = ([stride] * 2, [margin] * 2, [1, 1], False, [0, 0], x.shape[1], [True, False, False])
            of_x = torch.ops.aten.convolution_backward(gradient, x, weight, None, *form)[0]
        return of_x, _kernel_gradient(x, gradient, weight.shape[-1], stride, margin), None, None


def _kernel_gradient(x: Tensor, gradient: Tensor, kernel: int, stride: int, margin: int) -> Tensor:
    """(c, 1, k, k)."""
    from facefit.supernet.correlation import correlate  # only who trains waits for the compiler

    sums = np.zeros((kernel, kernel, x.shape[1]), np.float32)
    correlate(_channels_last(x), _channels_last(gradient), sums, stride, margin)
    return torch.from_numpy(sums).permute(2, 0, 1)[:, None]


def _channels_last(tensor: Tensor) -> Array:
    array: Array = tensor.detach().permute(0, 2, 3, 1).contiguous().numpy()
    return array
