"""What others take from PyTorch as arrays: batch-norm statistics, and a static network's outputs as a yardstick."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from facefit.supernet.normalisers import Statistics
from facefit.supernet.static_module import StaticModule
from facefit.weights import NormStatistics, StaticNetwork


def as_arrays(statistics: Statistics) -> NormStatistics:
    """Batch-norm statistics for `SharedWeights.extract`."""
    return {name: (mean.cpu().numpy(), variance.cpu().numpy()) for name, (mean, variance) in statistics.items()}


def from_arrays(statistics: NormStatistics, device: torch.device) -> Statistics:
    """The same the other way, on a device; on the CPU the arrays are shared, not copied."""
    return {k: (torch.from_numpy(m).to(device), torch.from_numpy(v).to(device)) for k, (m, v) in statistics.items()}


def pytorch_reference(network: StaticNetwork) -> Callable[[NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
    """The network in PyTorch as `graph.export` wants a reference: RGB pixels in 0..255, float32 (n, r, r, 3), to
    `descriptor` (n, d) and `probabilities` (n, classes).
    """
    module = StaticModule(network)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (network.metadata.mean, network.metadata.std))

    @torch.inference_mode()
    def outputs(pixels: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        x = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
        descriptor, logits = module((x / 255 - mean) / std)
        return {"descriptor": descriptor.numpy(), "probabilities": logits.softmax(1).numpy()}

    return outputs
