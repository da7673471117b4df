"""Accuracy of a few subnets with the averaged weights, while training goes on."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from torch import Tensor

from facefit.faces.dataset import LabelledFaces
from facefit.space import Subnet
from facefit.supernet.images import answers_to, network_input
from facefit.supernet.network import DescriptorNet


class Monitor:
    """Recalibrates on `calibration` and measures accuracy on `held_out`; neither is a reported split."""

    def __init__(
        self, net: DescriptorNet, calibration: LabelledFaces, held_out: LabelledFaces, subnets: Mapping[str, Subnet]
    ) -> None:
        self.copy = copy.deepcopy(net)
        self.calibration, self.held_out, self.subnets = calibration, held_out, subnets

    def __call__(self, weights: Mapping[str, Tensor]) -> dict[str, float]:
        """Accuracy of each subnet in 0..1 under its name."""
        return self.of(self.subnets, weights)

    def of(self, subnets: Mapping[str, Subnet], weights: Mapping[str, Tensor]) -> dict[str, float]:
        """The same of other subnets."""
        self.copy.load_state_dict(dict(weights))
        return {name: self._accuracy(subnet) for name, subnet in subnets.items()}

    def _accuracy(self, subnet: Subnet) -> float:
        calibration = network_input(self.calibration, subnet.resolution).to(self.copy.device)
        statistics = self.copy.recalibrate(subnet, calibration)
        right = self.held_out.count_right(*answers_to(self.copy, subnet, self.held_out, statistics))
        return right / self.held_out.questions
