"""AdamW without decay on norms and biases, its learning rate over a phase, and its steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from facefit.errors import TrainingError
from facefit.supernet.network import DescriptorNet

_STEEPEST = 5.0
"""Norm that longer gradients are cut to."""


def new_optimiser(net: DescriptorNet, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW (Loshchilov & Hutter 2019) that decays the weights of convolutions alone."""
    decayed = [p for p in net.parameters() if p.ndim == 4]
    plain = [p for p in net.parameters() if p.ndim != 4]
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]
    on_gpu = net.device.type == "cuda"  # one kernel for many tensors; on CPUs PyTorch's fused one is not the faster
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=on_gpu, foreach=not on_gpu)


def set_learning_rate(optimiser: torch.optim.Optimizer, peak: float, done: float, warm: float) -> None:
    """Rises linearly over the share `warm` of a phase and falls as a cosine; `done` is the share behind, 0..1."""
    rate = done / warm if done < warm else 0.5 * (1 + math.cos(math.pi * (done - warm) / (1 - warm)))
    for group in optimiser.param_groups:
        group["lr"] = peak * max(rate, 1e-3)


def descend(optimiser: torch.optim.Optimizer, net: DescriptorNet, losses: Sequence[float], where: str) -> None:
    """Moves the weights against their gradient; `TrainingError` where something is no longer finite."""
    norm = torch.nn.utils.clip_grad_norm_(net.parameters(), _STEEPEST).item()
    if not all(math.isfinite(value) for value in (*losses, norm)):
        raise TrainingError(
            f"loss {list(losses)}, gradient {norm:.3g} at {where}; expected finite numbers: train anew with a lower "
            f"peak_learning_rate in the recipe, in another --out"
        )
    optimiser.step()
