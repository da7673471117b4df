"""Convolutions as nodes of a graph."""

from __future__ import annotations

from dataclasses import dataclass

from facefit.graph.computed import Activation, Array, Computed, Padding, Shape
from facefit.space.layers import output_size


@dataclass(frozen=True, slots=True, eq=False)
class Convolution(Computed):
    """Dense convolution; weight (out, k, k, in), bias (out,).

    Zero padding is kernel // 2 on all sides if `padding` is "same", none if it is "valid".
    """

    weight: Array
    bias: Array
    stride: int = 1
    activation: Activation = "none"
    padding: Padding = "same"

    def _shape(self) -> Shape:
        """(1, h', w', out), where h' = (h - 1) // stride + 1, or (h - k) // stride + 1 without padding."""
        return _convolved(_uncut(self.x.shape, self.weight.shape[1], self.padding), self.stride, self.weight.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Depthwise(Computed):
    """Depthwise convolution; weight (rows, columns, c), bias (c,); `padding` as in `Convolution`.

    The kernel is centred and zero padding as wide as it reaches: kernel // 2 on all sides of a square one. Its rows lie
    `row_dilation` apart, which needs padding.
    """

    weight: Array
    bias: Array
    stride: int = 1
    activation: Activation = "none"
    padding: Padding = "same"
    row_dilation: int = 1

    @property
    def margins(self) -> tuple[int, int]:
        """Zero padding above and below, and on the left and right."""
        rows, columns, _ = self.weight.shape
        return (0, 0) if self.padding == "valid" else (self.row_dilation * (rows - 1) // 2, (columns - 1) // 2)

    def _shape(self) -> Shape:
        """(1, h', w', c), where h' = (h - 1) // stride + 1, or (h - k) // stride + 1 without padding."""
        return _convolved(_uncut(self.x.shape, self.weight.shape[0], self.padding), self.stride, self.weight.shape[2])


def _uncut(shape: Shape, kernel: int, padding: Padding) -> Shape:
    """The part of a map in which the kernel's middle, or its first tap, is put down."""
    n, height, width, channels = shape
    cut = kernel - 1 if padding == "valid" else 0
    return (n, height - cut, width - cut, channels)


def _convolved(shape: Shape, stride: int, channels: int) -> Shape:
    n, height, width, _ = shape
    return (n, output_size(height, stride), output_size(width, stride), channels)
