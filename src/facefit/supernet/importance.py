"""Sorting shared channels by importance, once before smaller expand ratios learn (Cai et al. 2020, section 3.3)."""

from __future__ import annotations

import torch
from torch import Tensor

from facefit.supernet.elastic import ElasticBlock, SqueezeExcite
from facefit.supernet.network import SuperNet


@torch.no_grad()
def sort_channels(net: SuperNet) -> None:
    """Orders the middle channels of each elastic block by the L1 norm of the projection that reads them.

    Those of a gate are ordered by the norm of the layer that reads them too. The largest subnet computes the same as
    before; smaller expand ratios now keep the most important channels.
    """
    for block in net.blocks:
        assert isinstance(block, ElasticBlock) and block.expand is not None
        order = block.project.conv.weight.abs().sum((0, 2, 3)).argsort(descending=True)
        for parameter in (
            block.expand.conv.weight,
            block.expand.norm.weight,
            block.expand.norm.bias,
            block.depthwise.conv.weight,
            block.depthwise.norm.weight,
            block.depthwise.norm.bias,
        ):
            parameter.copy_(parameter[order])
        block.project.conv.weight.copy_(block.project.conv.weight[:, order])
        if block.squeeze is not None:
            _sort_gate(block.squeeze, order)


def _sort_gate(gate: SqueezeExcite, order: Tensor) -> None:
    """Puts the gated channels in the given order, and the gate's own middle channels in that of their importance."""
    reduce, expand = gate.reduce, gate.expand
    assert reduce.bias is not None and expand.bias is not None
    middle = expand.weight.abs().sum((0, 2, 3)).argsort(descending=True)
    reduce.weight.copy_(reduce.weight[middle][:, order])
    reduce.bias.copy_(reduce.bias[middle])
    expand.weight.copy_(expand.weight[order][:, middle])
    expand.bias.copy_(expand.bias[order])
