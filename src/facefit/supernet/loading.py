"""Between the SuperNet as a module and its weights as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor

from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace
from facefit.supernet.network import DescriptorNet, SuperNet
from facefit.weights import NetworkMetadata, SharedWeights

Net = TypeVar("Net", bound=DescriptorNet)

_LEAST_SHARE = 0.5
"""Of one space nearly all weights fit, whatever the head; of two, hardly any: some norms are of the same size."""


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
    """Takes over all tensors that have the name and the shape of the module's own, and returns how many.

    Raises `InputError`, before it takes any, if they make up less than half of the module's weights without its
    classifier: such a start would be none.
    """
    tensors = {name: torch.from_numpy(value.copy()) for name, value in weights.tensors.items()}
    own = {name: value for name, value in net.state_dict().items() if not name.startswith("classifier.")}
    fit = _fitting(own, tensors)
    share = sum(value.numel() for value in fit.values()) / sum(value.numel() for value in own.values())
    if share < _LEAST_SHARE:
        raise InputError(
            f"the start, of space {weights.space.name}, fits {100 * share:.1f} % of the weights of {net.space.name} "
            f"({len(fit)} of {len(own)} tensors); expected {100 * _LEAST_SHARE:.0f} % or more: set family and width in "
            f"the recipe to those of the start, or leave out --start"
        )
    return take_over(net, tensors)


def take_over(net: DescriptorNet, tensors: Mapping[str, Tensor]) -> int:
    """Takes over all tensors that fit, of named ones and for any network, and returns how many."""
    fit = _fitting(net.state_dict(), tensors)
    net.load_state_dict(fit, strict=False)
    return len(fit)


def _fitting(own: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those that have the name and the shape of one's own."""
    return {name: value for name, value in tensors.items() if name in own and own[name].shape == value.shape}


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
