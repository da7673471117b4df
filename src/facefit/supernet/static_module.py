"""A static subnet as a plain PyTorch module, with ordinary convolutions and batch norms."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facefit.space import InvertedResidual
from facefit.supernet.elastic import activate, classifier
from facefit.supernet.network import Output
from facefit.supernet.normalisers import EPSILON
from facefit.weights import StaticNetwork


class _ConvNorm(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out_channels, eps=EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(self.conv(x))
        return y


class _Squeeze(nn.Module):
    def __init__(self, channels: int, squeeze_channels: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeeze_channels, 1)
        self.expand = nn.Conv2d(squeeze_channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * F.hardsigmoid(self.expand(F.relu(self.reduce(x.mean((2, 3), keepdim=True)))))


class _Block(nn.Module):
    def __init__(self, layer: InvertedResidual) -> None:
        super().__init__()
        self.layer, mid = layer, layer.mid_channels
        self.expand = _ConvNorm(layer.in_channels, mid) if layer.expands else None
        self.depthwise = _ConvNorm(mid, mid, layer.kernel, layer.stride, mid)
        self.squeeze = _Squeeze(mid, layer.squeeze_channels) if layer.squeeze_channels else None
        self.project = _ConvNorm(mid, layer.out_channels)

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else activate(self.expand(x), self.layer.activation)
        y = activate(self.depthwise(y), self.layer.activation)
        y = y if self.squeeze is None else self.squeeze(y)
        y = self.project(y)
        return x + y if self.layer.residual else y


class StaticModule(nn.Module):
    """Runs a `StaticNetwork` in PyTorch: normalised RGB (n, 3, r, r) to descriptor and logits."""

    def __init__(self, network: StaticNetwork) -> None:
        super().__init__()
        space, resolution = network.space, network.subnet.resolution
        stem, first = space.opening_layers(resolution)
        head, _, feature = space.closing_layers(resolution)
        self.stem = _ConvNorm(stem.in_channels, stem.out_channels, stem.kernel, stem.stride)
        self.first = _Block(first)
        self.blocks = nn.Sequential(*map(_Block, space.block_layers(network.subnet)))
        self.head = _ConvNorm(head.in_channels, head.out_channels)
        self.feature_activation = feature.activation
        self.feature = nn.Conv2d(feature.in_channels, feature.out_channels, 1, bias=False)
        self.classifier = classifier(space.feature_width, len(network.metadata.classes))
        tensors = {name: torch.from_numpy(value.copy()) for name, value in network.tensors.items()}
        counters = {name: value for name, value in self.state_dict().items() if name.endswith("num_batches_tracked")}
        self.load_state_dict(tensors | counters)
        self.eval()

    def forward(self, x: Tensor) -> Output:
        x = self.first(F.hardswish(self.stem(x)))
        x = F.hardswish(self.head(self.blocks(x)))
        descriptor = activate(self.feature(x.mean((2, 3), keepdim=True)), self.feature_activation).flatten(1)
        return Output(descriptor, self.classifier(descriptor))
