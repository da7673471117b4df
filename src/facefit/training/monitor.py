"""Accuracy of a few subnets with the averaged weights, while training goes on."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from torch import Tensor

from facefit.faces.dataset import LabelledFaces
from facefit.space import Subnet
from facefit.supernet.images import network_input
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
        self.copy.load_state_dict(dict(weights))
        return {name: self._accuracy(subnet) for name, subnet in self.subnets.items()}

    def _accuracy(self, subnet: Subnet) -> float:
        statistics = self.copy.recalibrate(subnet, network_input(self.calibration, subnet.resolution))
        output = self.copy.evaluate(subnet, network_input(self.held_out, subnet.resolution), statistics)
        right = self.held_out.count_right(*output.arrays())
        return right / self.held_out.questions
