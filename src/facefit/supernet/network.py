"""The SuperNet: one set of weights, any subnet of the space."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facefit.space import SearchSpace, Subnet
from facefit.supernet.elastic import ConvNorm, ElasticBlock, Normaliser, activate, classifier
from facefit.supernet.normalisers import NormaliseByStatistics, RecordStatistics, Statistics
from facefit.weights import active_positions


class Output(NamedTuple):
    """Descriptor, shape (n, feature width), and logits, shape (n, classes)."""

    descriptor: Tensor
    logits: Tensor

    def arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Both without their history."""
        return self.descriptor.detach().cpu().numpy(), self.logits.detach().cpu().numpy()


class DescriptorNet(nn.Module):
    """What can be trained, recalibrated and evaluated: a SuperNet, or one network whose only choice is the resolution.

    Norms have no statistics of their own, the normaliser gives them; `classifier` reads the descriptor.
    """

    space: SearchSpace
    classifier: nn.Linear

    @property
    def device(self) -> torch.device:
        """Where it computes, and where images and statistics have to be."""
        return self.classifier.weight.device

    def forward(self, x: Tensor, subnet: Subnet, normalise: Normaliser) -> Output:
        """Runs a subnet on normalised RGB images, float (n, 3, r, r), whose side is the subnet's resolution."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it runs")

    @torch.no_grad()
    def recalibrate(self, subnet: Subnet, images: Tensor) -> Statistics:
        """Exact batch-norm statistics of a subnet over the images, which run as one batch."""
        recorder = RecordStatistics()
        self(images, subnet, recorder)
        return recorder.statistics

    @torch.no_grad()
    def evaluate(self, subnet: Subnet, images: Tensor, statistics: Statistics, batch: int = 256) -> Output:
        """Outputs of a subnet with given statistics, in batches."""
        normalise = NormaliseByStatistics(statistics)
        parts = [self(chunk, subnet, normalise) for chunk in images.split(batch)]
        return Output(torch.cat([p.descriptor for p in parts]), torch.cat([p.logits for p in parts]))


class SuperNet(DescriptorNet):
    """Elastic MobileNetV3 with shared weights (Cai et al. 2020) and a softmax head.

    Blocks stand at fixed positions; a subnet of depth d runs the first d of each group. Images are float tensors
    (n, 3, r, r), RGB, normalised, in channels-last memory for speed.
    """

    def __init__(self, space: SearchSpace, classes: int, shortcut_gain: float = 0.0) -> None:
        super().__init__()
        self.space = space
        largest = space.largest
        stem, first = space.opening_layers(largest.resolution)
        head, _, feature = space.closing_layers(largest.resolution)
        self.stem = ConvNorm(stem.in_channels, stem.out_channels, stem.kernel, stem.stride)
        self.first = ElasticBlock(first, (first.kernel,))
        self.blocks = nn.ModuleList(ElasticBlock(layer, space.kernels) for layer in space.block_layers(largest))
        self.head = ConvNorm(head.in_channels, head.out_channels)
        self.feature = nn.Conv2d(feature.in_channels, feature.out_channels, 1, bias=False)
        self.classifier = classifier(space.feature_width, classes)
        self._initialise(shortcut_gain)

    def _initialise(self, shortcut_gain: float) -> None:
        """He et al. 2015; blocks with a shortcut start with this gain, see `untrained`."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out" if module.groups == 1 else "fan_in")
        for block, layer in zip(self.blocks, self.space.block_layers(self.space.largest), strict=True):
            if layer.residual and isinstance(block, ElasticBlock):
                nn.init.constant_(block.project.norm.weight, shortcut_gain)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: Tensor, subnet: Subnet, normalise: Normaliser) -> Output:
        """Runs one subnet; the images' side must be the subnet's resolution."""
        x = self.open(x, subnet.resolution, normalise)
        for position, layer in zip(active_positions(self.space, subnet), self.space.block_layers(subnet), strict=True):
            x = self.blocks[position](x, layer, f"blocks.{position}", normalise)
        return self.finish(x, normalise)

    def open(self, x: Tensor, resolution: int, normalise: Normaliser) -> Tensor:
        """Stem and first block, which all subnets of a resolution share."""
        stem, first = self.space.opening_layers(resolution)
        x = activate(self.stem(x, stem.out_channels, "stem", normalise), stem.activation)
        opened: Tensor = self.first(x, first, "first", normalise)
        return opened

    def finish(self, x: Tensor, normalise: Normaliser) -> Output:
        """Final expansion, pooling, feature mix and classifier."""
        x = activate(self.head(x, self.space.head_width, "head", normalise), "h_swish")
        descriptor = activate(self.feature(x.mean((2, 3), keepdim=True)), self.space.feature_activation).flatten(1)
        return Output(descriptor, self.classifier(descriptor))
