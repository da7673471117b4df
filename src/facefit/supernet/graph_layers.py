"""Nodes with weights as layers that learn them, and the activations of a graph in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facefit.graph.nodes import Activation, Array, Convolution, Depthwise, Prelu
from facefit.supernet.depthwise import depthwise
from facefit.supernet.elastic import Norm, Normaliser

_ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "relu6": F.relu6,
    "h_swish": F.hardswish,
    "silu": F.silu,
    "sigmoid": torch.sigmoid,
}


class GraphConvolution(nn.Module):
    """A convolution, dense or depthwise, with a norm or a bias, and its activation."""

    def __init__(self, node: Convolution | Depthwise, normalised: bool) -> None:
        super().__init__()
        self.activation = node.activation
        weight = oihw(node)
        channels, inputs, kernel, _ = weight.shape
        groups = channels if isinstance(node, Depthwise) else 1
        margin = kernel // 2 if node.padding == "same" else 0
        self.conv = nn.Conv2d(
            inputs * groups, channels, kernel, node.stride, margin, groups=groups, bias=not normalised
        )
        self.norm = Norm(channels) if normalised else None
        self._depthwise = groups > 1
        with torch.no_grad():
            self.conv.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
            if self.conv.bias is not None:
                self.conv.bias.copy_(torch.from_numpy(node.bias))

    def forward(self, x: Tensor, name: str, normalise: Normaliser) -> Tensor:
        conv = self.conv
        if self._depthwise and conv.bias is None:
            y = depthwise(x, conv.weight, int(conv.stride[0]), int(conv.padding[0]))
        else:
            y = conv(x)
        if self.norm is not None:
            y = self.norm(y, f"{name}.norm", normalise)
        return activated(y, self.activation)


class Slope(nn.Module):
    """PReLU with a slope for each channel."""

    def __init__(self, node: Prelu) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.from_numpy(node.slope.copy()))

    def forward(self, x: Tensor, name: str, normalise: Normaliser) -> Tensor:
        return F.prelu(x, self.slope)


def activated(x: Tensor, activation: Activation) -> Tensor:
    """The activation of a graph's node."""
    return x if activation == "none" else _ACTIVATIONS[activation](x)


def oihw(node: Convolution | Depthwise) -> Array:
    """The node's weight as PyTorch lays it: (out, in, k, k), in = 1 for depthwise."""
    dense = isinstance(node, Convolution)
    return node.weight.transpose(0, 3, 1, 2) if dense else node.weight.transpose(2, 0, 1)[:, None]
