"""Layers that run any choice of a block with shared weights."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facefit.space import InvertedResidual
from facefit.space.layers import Activation
from facefit.supernet.depthwise import depthwise
from facefit.weights.sharing import leading, shared_kernel, touching_kernel, transform_name


class Normaliser(Protocol):
    """Decides whose mean and variance a batch norm uses; `name` is the norm's place in the network."""

    def __call__(self, name: str, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor: ...


def activate(x: Tensor, activation: Activation) -> Tensor:
    """Applies a layer's activation."""
    if activation == "relu":
        return F.relu(x, inplace=True)
    return F.hardswish(x) if activation == "h_swish" else x


def classifier(width: int, classes: int) -> nn.Linear:
    """A linear layer to the classes; networks of descriptors alone have none, of which PyTorch would warn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Initializing zero-element tensors")
        return nn.Linear(width, classes)


class Norm(nn.Module):
    """Scale and shift of a batch norm over the leading channels; statistics come from the normaliser."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, name: str, normalise: Normaliser) -> Tensor:
        channels = x.shape[1]
        return normalise(name, x, self.weight[:channels], self.bias[:channels])


class ConvNorm(nn.Module):
    """Dense convolution with batch norm over leading channels; no activation."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False)
        self.norm = Norm(out_channels)

    def forward(self, x: Tensor, out_channels: int, name: str, normalise: Normaliser) -> Tensor:
        weight = leading(self.conv.weight, out_channels, x.shape[1])
        return self.norm(F.conv2d(x, weight, None, self.conv.stride, self.conv.padding), f"{name}.norm", normalise)


class DepthwiseNorm(nn.Module):
    """Depthwise convolution with elastic kernel and batch norm; no activation."""

    def __init__(self, channels: int, kernels: tuple[int, ...], stride: int) -> None:
        super().__init__()
        self.kernels, self.stride = kernels, stride
        self.conv = nn.Conv2d(channels, channels, kernels[-1], groups=channels, bias=False)
        pairs = pairwise(kernels)
        self.transforms = nn.ParameterDict({transform_name(b, a): nn.Parameter(torch.eye(a**2)) for a, b in pairs})
        self.norm = Norm(channels)

    def forward(self, x: Tensor, layer: InvertedResidual, name: str, normalise: Normaliser) -> Tensor:
        channels = x.shape[1]
        weight = shared_kernel(self.conv.weight, dict(self.transforms.items()), channels, layer.kernel, self.kernels)
        weight = touching_kernel(weight, layer)  # the gradient of a 7x7 on a 3x3 map costs ten times a 5x5's
        y = depthwise(x, weight, self.stride, layer.effective_kernel // 2)
        return self.norm(y, f"{name}.norm", normalise)


class SqueezeExcite(nn.Module):
    """Gate on channels (Hu et al. 2018) with hard sigmoid, over leading channels."""

    def __init__(self, channels: int, squeeze_channels: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeeze_channels, 1)
        self.expand = nn.Conv2d(squeeze_channels, channels, 1)

    def forward(self, x: Tensor, squeeze_channels: int) -> Tensor:
        channels, s = x.shape[1], squeeze_channels
        gate = x.mean((2, 3), keepdim=True)
        gate = F.relu(F.conv2d(gate, leading(self.reduce.weight, s, channels), self.bias_of(self.reduce, s)))
        gate = F.conv2d(gate, leading(self.expand.weight, channels, s), self.bias_of(self.expand, channels))
        return x * F.hardsigmoid(gate)

    @staticmethod
    def bias_of(conv: nn.Conv2d, channels: int) -> Tensor:
        assert conv.bias is not None
        return conv.bias[:channels]


class ElasticBlock(nn.Module):
    """Inverted residual that runs as any `InvertedResidual` layer not larger than the one it was built for."""

    def __init__(self, largest: InvertedResidual, kernels: tuple[int, ...]) -> None:
        super().__init__()
        mid = largest.mid_channels
        self.expand = ConvNorm(largest.in_channels, mid) if largest.expands else None
        self.depthwise = DepthwiseNorm(mid, kernels, largest.stride)
        self.squeeze = SqueezeExcite(mid, largest.squeeze_channels) if largest.squeeze_channels else None
        self.project = ConvNorm(mid, largest.out_channels)

    def forward(self, x: Tensor, layer: InvertedResidual, name: str, normalise: Normaliser) -> Tensor:
        y = x
        if self.expand is not None:
            y = activate(self.expand(y, layer.mid_channels, f"{name}.expand", normalise), layer.activation)
        y = activate(self.depthwise(y, layer, f"{name}.depthwise", normalise), layer.activation)
        if self.squeeze is not None:
            y = self.squeeze(y, layer.squeeze_channels)
        y = self.project(y, layer.out_channels, f"{name}.project", normalise)
        return x + y if layer.residual else y
