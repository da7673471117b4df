"""An exponential moving average of weights, which is what a training run hands over."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MovingAverage:
    """Averages of a network's parameters under their names, each with its own storage.

    They follow the network ever more slowly: of `n` steps the last one counts for 9 / (10 + n) at first, and for
    1 - `decay` at least. So a start far from the end is soon forgotten.
    """

    def __init__(self, net: nn.Module, decay: float) -> None:
        self._net, self._decay = net, decay
        self.tensors: dict[str, Tensor] = {name: p.detach().clone() for name, p in net.named_parameters()}

    @torch.no_grad()
    def restart(self) -> None:
        """Begins anew with the weights as they are."""
        for name, parameter in self._net.named_parameters():
            self.tensors[name].copy_(parameter)

    @torch.no_grad()
    def update(self, steps: int) -> None:
        """Takes in the weights after a step, the one after so many others since the start."""
        decay = min(self._decay, (1 + steps) / (10 + steps))
        torch._foreach_lerp_(list(self.tensors.values()), [p.detach() for p in self._net.parameters()], 1 - decay)
