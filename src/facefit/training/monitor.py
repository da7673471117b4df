"""Accuracy of a few subnets with the averaged weights, while training goes on."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from facefit.faces.dataset import LabelledFaces
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.pixels import resize
from facefit.space import Subnet
from facefit.supernet.network import SuperNet


class Monitor:
    """Recalibrates on `calibration` and measures accuracy on `held_out`; neither is a reported split."""

    def __init__(self, net: SuperNet, calibration: LabelledFaces, held_out: LabelledFaces, subnets: Mapping[str, Subnet]) -> None:
        self.copy = copy.deepcopy(net)
        self.calibration, self.held_out, self.subnets = calibration, held_out, subnets

    def __call__(self, weights: Mapping[str, Tensor]) -> dict[str, float]:
        """Accuracy of each subnet in 0..1 under its name."""
        self.copy.load_state_dict(dict(weights))
        return {name: self._accuracy(subnet) for name, subnet in self.subnets.items()}

    def _accuracy(self, subnet: Subnet) -> float:
        statistics = self.copy.recalibrate(subnet, network_input(self.calibration, subnet.resolution))
        logits = self.copy.evaluate(subnet, network_input(self.held_out, subnet.resolution), statistics).logits
        return float(np.mean(logits.argmax(1).numpy() == self.held_out.labels))


def network_input(faces: LabelledFaces, size: int) -> Tensor:
    """Normalised float32 images (n, 3, size, size) in channels-last memory."""
    pixels = np.stack([resize(image, size) for image in faces.images])
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div_(255)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return x.sub_(mean).div_(std).contiguous(memory_format=torch.channels_last)
