"""Between the SuperNet as a module and its weights as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor

from facefit.errors import ArtifactError
from facefit.space import SearchSpace
from facefit.supernet.network import DescriptorNet, SuperNet
from facefit.weights import NetworkMetadata, SharedWeights

Net = TypeVar("Net", bound=DescriptorNet)


def untrained(space: SearchSpace, classes: int, seed: int, shortcut_gain: float = 0.0) -> SuperNet:
    """A module with random weights, in channels-last memory; also seeds PyTorch's own generator.

    `shortcut_gain` is that of the last batch norm of blocks with a shortcut; with 0 they start as the identity.
    """
    torch.manual_seed(seed)
    return in_channels_last(SuperNet(space, classes, shortcut_gain))


def from_shared_weights(weights: SharedWeights) -> SuperNet:
    """The module with these weights, in channels-last memory; raises `ArtifactError` if a tensor does not fit."""
    net = SuperNet(weights.space, len(weights.metadata.classes))
    try:
        net.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.tensors.items()})
    except RuntimeError as error:
        raise ArtifactError(f"SuperNet weights do not fit their space: {' '.join(str(error).split())[:200]}") from error
    return in_channels_last(net).eval()


def start_from(net: SuperNet, weights: SharedWeights) -> int:
    """Takes over all tensors that have the name and the shape of the module's own, and returns how many."""
    return take_over(net, {name: torch.from_numpy(value.copy()) for name, value in weights.tensors.items()})


def take_over(net: DescriptorNet, tensors: Mapping[str, Tensor]) -> int:
    """`start_from`, of named tensors and for any network."""
    own = net.state_dict()
    fit = {name: value for name, value in tensors.items() if name in own and own[name].shape == value.shape}
    net.load_state_dict(fit, strict=False)
    return len(fit)


def in_channels_last(net: Net) -> Net:
    """The same module with its convolutions in channels-last memory, several times faster for depthwise ones."""
    for parameter in net.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return net


def to_shared_weights(space: SearchSpace, tensors: Mapping[str, Tensor], metadata: NetworkMetadata) -> SharedWeights:
    """The named tensors of a SuperNet, or of its average, as arrays of their own.

    The classifier keeps a row for each of the metadata's classes: none where people were only learnt from.
    """
    arrays = {name: value.detach().cpu().numpy().copy() for name, value in tensors.items()}
    if not metadata.classes:
        arrays |= {name: value[:0] for name, value in arrays.items() if name.startswith("classifier.")}
    return SharedWeights(space, arrays, metadata)
