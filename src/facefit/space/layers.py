"""Layers as plain data: what the SuperNet, the graph, the profile and the cost counters all agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Activation = Literal["relu", "h_swish", "none"]


def make_divisible(value: float, divisor: int = 8) -> int:
    """Channel count rounded to a multiple of `divisor`, never more than 10 % below `value` (MobileNetV2, section 6)."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def output_size(input_size: int, stride: int) -> int:
    """Side of the output in pixels of a convolution with symmetric padding kernel // 2."""
    return (input_size - 1) // stride + 1


@dataclass(frozen=True, slots=True)
class Conv:
    """A dense convolution; `normalised` says that a batch norm follows it. Sizes are sides in pixels."""

    role: Literal["stem", "head", "feature"]
    input_size: int
    in_channels: int
    out_channels: int
    kernel: int
    stride: int
    activation: Activation
    normalised: bool

    @property
    def output_size(self) -> int:
        return output_size(self.input_size, self.stride)

    @property
    def parameters(self) -> int:
        weights = self.kernel**2 * self.in_channels * self.out_channels
        return weights + (2 * self.out_channels if self.normalised else 0)

    @property
    def macs(self) -> int:
        return self.kernel**2 * self.in_channels * self.out_channels * self.output_size**2

    @property
    def name(self) -> str:
        label = {"stem": "Conv", "head": "Conv_1", "feature": "Conv_2"}[self.role]
        return f"{label}-{_io(self.input_size, self.in_channels, self.output_size, self.out_channels)}"


@dataclass(frozen=True, slots=True)
class Pool:
    """Global average pooling."""

    input_size: int
    channels: int

    @property
    def parameters(self) -> int:
        return 0

    @property
    def macs(self) -> int:
        return 0

    @property
    def name(self) -> str:
        return f"AvgPool2D-{_io(self.input_size, self.channels, 1, self.channels)}"


@dataclass(frozen=True, slots=True)
class InvertedResidual:
    """MobileNetV3 block: expand 1x1, depthwise, squeeze-and-excite, project 1x1, shortcut (Howard et al. 2019, s. 5).

    `squeeze_channels` is 0 without squeeze-and-excite; `expands` is false where the first 1x1 is absent.
    """

    input_size: int
    in_channels: int
    mid_channels: int
    out_channels: int
    kernel: int
    stride: int
    activation: Activation
    squeeze_channels: int
    expands: bool

    @property
    def output_size(self) -> int:
        return output_size(self.input_size, self.stride)

    @property
    def effective_kernel(self) -> int:
        """Side of the part of the depthwise kernel that can touch the image at all.

        On maps of a few pixels the outer taps only ever meet padding: leaving them out changes no output.
        """
        return min(self.kernel, 2 * self.input_size - 1)

    @property
    def residual(self) -> bool:
        return self.stride == 1 and self.in_channels == self.out_channels

    @property
    def parameters(self) -> int:
        mid, squeeze = self.mid_channels, self.squeeze_channels
        expand = (self.in_channels + 2) * mid if self.expands else 0
        gate = 2 * mid * squeeze + mid + squeeze if squeeze else 0
        return expand + (self.kernel**2 + 2) * mid + gate + (mid + 2) * self.out_channels

    @property
    def macs(self) -> int:
        expand = self.in_channels * self.mid_channels * self.input_size**2 if self.expands else 0
        inside = self.mid_channels * (self.kernel**2 + self.out_channels) * self.output_size**2
        return expand + inside + 2 * self.mid_channels * self.squeeze_channels

    @property
    def name(self) -> str:
        io = _io(self.input_size, self.in_channels, self.output_size, self.out_channels)
        squeezes, h_swish = int(self.squeeze_channels > 0), int(self.activation == "h_swish")
        flags = f"idskip:{int(self.residual)}-se:{squeezes}-hs:{h_swish}"
        return f"expanded_conv-{io}-expand:{self.mid_channels}-kernel:{self.kernel}-stride:{self.stride}-{flags}"


Layer = Conv | Pool | InvertedResidual


def _io(input_size: int, in_channels: int, output_size: int, out_channels: int) -> str:
    return f"input:{input_size}x{input_size}x{in_channels}-output:{output_size}x{output_size}x{out_channels}"
