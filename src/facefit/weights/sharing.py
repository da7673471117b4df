"""Once-for-all's weight sharing (Cai et al. 2020, section 3.3), written once for numpy arrays and torch tensors.

A smaller choice takes the leading channels of the largest one, and the centre of its kernel through learnt
matrices 7->5 and 5->3, linear maps on the flattened kernel that are shared over channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facefit.space import InvertedResidual


def transform_name(larger: int, smaller: int) -> str:
    """Name of the matrix that maps the centre of a larger kernel to a smaller one."""
    return f"{larger}to{smaller}"


def shared_kernel(
    weight: Any, matrices: Mapping[str, Any], channels: int, kernel: int, kernels: tuple[int, ...]
) -> Any:
    """Depthwise weight (channels, 1, kernel, kernel) out of the largest one (max channels, 1, max kernel, max kernel).

    `matrices` maps `transform_name` to arrays of shape (smaller**2, smaller**2), applied as `centre @ matrix.T`.
    """
    active = weight[:channels]
    larger = kernels[-1]
    for smaller in reversed([k for k in kernels[:-1] if k >= kernel]):
        edge = (larger - smaller) // 2
        centre = active[:, :, edge : edge + smaller, edge : edge + smaller].reshape(channels, smaller**2)
        active = (centre @ matrices[transform_name(larger, smaller)].T).reshape(channels, 1, smaller, smaller)
        larger = smaller
    return active


def touching_kernel(weight: Any, layer: InvertedResidual) -> Any:
    """The taps of a depthwise weight (channels, 1, kernel, kernel) that can touch an image of the layer's size."""
    edge = (weight.shape[-1] - layer.effective_kernel) // 2
    return weight[:, :, edge : edge + layer.effective_kernel, edge : edge + layer.effective_kernel]


def leading(weight: Any, out_channels: int, in_channels: int) -> Any:
    """Leading channels of a 1x1 convolution weight (out, in, 1, 1)."""
    return weight[:out_channels, :in_channels]


def block_slices(layer: InvertedResidual) -> dict[str, tuple[int, ...]]:
    """How many leading channels of each shared tensor of an elastic block a choice uses, by tensor name.

    The depthwise kernel is not listed: `shared_kernel` makes it.
    """
    mid, squeeze = layer.mid_channels, layer.squeeze_channels
    slices: dict[str, tuple[int, ...]] = {
        "expand.conv.weight": (mid, layer.in_channels),
        "project.conv.weight": (layer.out_channels, mid),
    }
    for norm, channels in (("expand", mid), ("depthwise", mid), ("project", layer.out_channels)):
        slices |= {f"{norm}.norm.{part}": (channels,) for part in ("weight", "bias")}
    if squeeze:
        slices |= {
            "squeeze.reduce.weight": (squeeze, mid),
            "squeeze.reduce.bias": (squeeze,),
            "squeeze.expand.weight": (mid, squeeze),
            "squeeze.expand.bias": (mid,),
        }
    return slices
