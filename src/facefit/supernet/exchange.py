"""Between arrays and PyTorch: SuperNets from and to `SharedWeights`, static networks as a yardstick for exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facefit.errors import ArtifactError
from facefit.supernet.network import SuperNet
from facefit.supernet.normalisers import Statistics
from facefit.supernet.static_module import StaticModule
from facefit.weights import NetworkMetadata, NormStatistics, SharedWeights, StaticNetwork


def supernet_of(weights: SharedWeights) -> SuperNet:
    """A SuperNet with these weights, channels last; raises `ArtifactError` if the tensors do not fit the space."""
    net = SuperNet(weights.space, len(weights.metadata.classes))
    try:
        net.load_state_dict({name: torch.from_numpy(value) for name, value in weights.tensors.items()})
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise ArtifactError(f"SuperNet: its tensors do not fit its space {weights.space.name} ({reason})") from error
    return channels_last(net).eval()


def channels_last(net: SuperNet) -> SuperNet:
    """The same SuperNet in channels-last memory, in which its convolutions are several times faster."""
    moved: SuperNet = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in the stubs
    return moved


def shared_weights(net: SuperNet, tensors: Mapping[str, Tensor], metadata: NetworkMetadata) -> SharedWeights:
    """Arrays of a SuperNet's parameters, `tensors` being its own or averaged ones under the same names."""
    arrays = {name: value.detach().contiguous().numpy().astype(np.float32) for name, value in tensors.items()}
    return SharedWeights(net.space, arrays, metadata)


def as_arrays(statistics: Statistics) -> NormStatistics:
    """Batch-norm statistics for `SharedWeights.extract`."""
    return {name: (mean.numpy(), variance.numpy()) for name, (mean, variance) in statistics.items()}


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
