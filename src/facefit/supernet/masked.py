"""Any subnet of a SuperNet by the same operations on the same shapes, as a recorded CUDA graph needs it.

The whole SuperNet runs, and what a subnet leaves out is multiplied by zero: columns of the projection that read
channels it does not have, scale and shift of the last norm of a block it skips, all but one of the kernels. Answers and
gradients are those of the subnet; a layer costs as much as the largest one.
"""

from __future__ import annotations

from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from facefit.space import InvertedResidual, SearchSpace, Subnet
from facefit.supernet.depthwise import depthwise
from facefit.supernet.elastic import DepthwiseNorm, ElasticBlock, Normaliser, SqueezeExcite, activate
from facefit.supernet.network import Output, SuperNet
from facefit.weights import active_positions
from facefit.weights.sharing import shared_kernel, touching_kernel


class Mask:
    """What a subnet uses of each block position, as ones and zeros: the block itself (positions,), its kernels
    (positions, kernels), middle channels (positions, most of them) and gate channels (likewise), all in one tensor."""

    def __init__(self, space: SearchSpace, flat: Tensor) -> None:
        layers = space.block_layers(space.largest)
        mid, gate = (max(getattr(layer, f"{what}_channels") for layer in layers) for what in ("mid", "squeeze"))
        self.flat = flat.view(len(layers), 1 + len(space.kernels) + mid + gate)
        self.block, self.kernels, self.middle, self.gate = self.flat.split([1, len(space.kernels), mid, gate], 1)

    @classmethod
    def of(cls, space: SearchSpace, subnet: Subnet) -> Self:
        """Float32, on the CPU."""
        mask = cls.nothing(space)
        for position, layer in zip(active_positions(space, subnet), space.block_layers(subnet), strict=True):
            mask.block[position] = 1
            mask.kernels[position, space.kernels.index(layer.kernel)] = 1
            mask.middle[position, : layer.mid_channels] = 1
            mask.gate[position, : layer.squeeze_channels] = 1
        return mask

    @classmethod
    def nothing(cls, space: SearchSpace, device: torch.device | None = None) -> Self:
        """No block at all."""
        layers = space.block_layers(space.largest)
        wide = max(layer.mid_channels for layer in layers) + max(layer.squeeze_channels for layer in layers)
        return cls(space, torch.zeros(len(layers) * (1 + len(space.kernels) + wide), device=device))

    def take(self, other: Mask) -> None:
        """Becomes the other, which is on the CPU; on a GPU after what is under way there, without waiting for it."""
        flat = other.flat.pin_memory() if self.flat.device.type == "cuda" else other.flat
        self.flat.copy_(flat, non_blocking=True)


def run_masked(net: SuperNet, x: Tensor, resolution: int, mask: Mask, normalise: Normaliser) -> Output:
    """What the masked subnet answers to normalised RGB images (n, 3, r, r); the mask is on the network's device."""
    x = net.open(x, resolution, normalise)
    layers = net.space.block_layers(Subnet(net.space.largest.groups, resolution))
    for position, layer in enumerate(layers):
        x = _run_block(net, position, layer, x, mask, normalise)
    return net.finish(x, normalise)


def parameters_used(net: SuperNet, subnet: Subnet) -> set[str]:
    """Names of the parameters that the subnet has."""
    layers = dict(zip(active_positions(net.space, subnet), net.space.block_layers(subnet), strict=True))
    return {name for name, _ in net.named_parameters() if _is_used(name, layers)}


def _is_used(name: str, layers: dict[int, InvertedResidual]) -> bool:
    part, _, rest = name.partition(".")
    if part != "blocks":
        return True
    position, _, tensor = rest.partition(".")
    layer = layers.get(int(position))
    if layer is None or ".transforms." not in tensor:
        return layer is not None
    smaller = int(tensor.rpartition("to")[2])
    return smaller >= layer.kernel


def _run_block(
    net: SuperNet, position: int, layer: InvertedResidual, x: Tensor, mask: Mask, normalise: Normaliser
) -> Tensor:
    block, name = net.blocks[position], f"blocks.{position}"
    assert isinstance(block, ElasticBlock) and block.expand is not None
    middle, used = mask.middle[position, : layer.mid_channels], mask.block[position]
    y = activate(block.expand(x, layer.mid_channels, f"{name}.expand", normalise), layer.activation)
    weight = touching_kernel(_mixed_kernel(block.depthwise, layer.mid_channels, mask.kernels[position]), layer)
    y = depthwise(y, weight, layer.stride, weight.shape[-1] // 2)
    y = activate(block.depthwise.norm(y, f"{name}.depthwise.norm", normalise), layer.activation)
    if block.squeeze is not None:
        y = _squeeze(block.squeeze, y, middle, mask.gate[position, : layer.squeeze_channels])
    y = F.conv2d(y, block.project.conv.weight * middle[:, None, None])
    norm = block.project.norm
    y = normalise(f"{name}.project.norm", y, norm.weight * used, norm.bias * used)
    return x + y if layer.residual else y


def _mixed_kernel(depthwise: DepthwiseNorm, channels: int, chosen: Tensor) -> Tensor:
    """The chosen kernel in the middle of the largest one."""
    kernels, matrices = depthwise.kernels, dict(depthwise.transforms.items())
    shared = (shared_kernel(depthwise.conv.weight, matrices, channels, kernel, kernels) for kernel in kernels)
    padded = [F.pad(weight, [(kernels[-1] - weight.shape[-1]) // 2] * 4) for weight in shared]
    return (torch.stack(padded) * chosen.view(-1, 1, 1, 1, 1)).sum(0)


def _squeeze(gate: SqueezeExcite, x: Tensor, middle: Tensor, squeezed: Tensor) -> Tensor:
    assert gate.reduce.bias is not None
    mean = x.mean((2, 3), keepdim=True)
    mean = F.conv2d(mean, gate.reduce.weight * middle[:, None, None], gate.reduce.bias)
    hidden = F.relu(mean) * squeezed[:, None, None]
    return x * F.hardsigmoid(F.conv2d(hidden, gate.expand.weight, gate.expand.bias))
