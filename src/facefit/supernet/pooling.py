"""What takes maps to one position: their mean, or a learnt sum over positions (see `space.Pool`)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from facefit.space import SearchSpace


def pool(x: Tensor, weight: Tensor | None) -> Tensor:
    """Maps (n, c, s, s) to (n, c, 1, 1): their mean, or their sum by `weight` (c, 1, s, s)."""
    return x.mean((2, 3), keepdim=True) if weight is None else (x * weight[:, 0]).sum((2, 3), keepdim=True)


def weighted_pools(space: SearchSpace) -> nn.ParameterDict:
    """Weights (c, 1, s, s) by the side s of maps, which begin as the mean; none where the space takes the mean."""
    weights = nn.ParameterDict()
    for layer in space.pools:
        if layer.weighted:
            shape = (layer.channels, 1, layer.input_size, layer.input_size)
            weights[str(layer.input_size)] = nn.Parameter(torch.full(shape, layer.input_size**-2.0))
    return weights
