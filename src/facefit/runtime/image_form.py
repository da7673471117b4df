"""What a network wants to see: size, layout, order of colours and range of the numbers; and which output is meant."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError, InputError
from facefit.graph.computed import Shape
from facefit.pixels import resize

Layout = Literal["nchw", "nhwc"]
Colour = Literal["rgb", "bgr"]
Triple: TypeAlias = tuple[float, float, float]
BLACK_AND_WHITE = (0.0, 255.0)
_EXPECTED = "expected one float32 image, square, of shape (1, r, r, 3) or (1, 3, r, r)"


@dataclass(frozen=True, slots=True)
class ImageForm:
    """What is known of a file that facefit did not export; our own say themselves what they take.

    `pixels` are the numbers for black and white. Or else `mean` and `std`, in RGB order whatever the `colour`:
    (RGB in 0..1 - mean) / std. `layout` is needed where the shape does not tell, and `size`, the side in pixels, where
    the file takes any. `output` names the descriptor, where there are several outputs and none is called that. Raises
    `InputError` for `pixels` beside `mean` or `std`, a `std` that is not positive, or numbers that are not finite.
    """

    pixels: tuple[float, float] = BLACK_AND_WHITE
    mean: Triple | None = None
    std: Triple | None = None
    layout: Layout | None = None
    size: int | None = None
    colour: Colour = "rgb"
    output: str | None = None

    def __post_init__(self) -> None:
        if (self.mean or self.std) and self.pixels != BLACK_AND_WHITE:
            raise InputError("both a pixel range and mean or std are given; expected one of them")
        if not all(map(isfinite, (*self.pixels, *(self.mean or ()), *(self.std or ())))):
            raise InputError(f"pixels {self.pixels}, mean {self.mean}, std {self.std}; expected finite numbers")
        if self.std and not min(self.std) > 0:
            raise InputError(f"std is {self.std}; expected positive numbers, of RGB in 0..1")

    @property
    def scale_and_shift(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """For each channel in RGB order, float32 (3,): a pixel in 0..255 times scale plus shift is what it takes."""
        if self.mean or self.std:
            mean, std = np.array(self.mean or (0, 0, 0), np.float64), np.array(self.std or (1, 1, 1), np.float64)
            return (1 / (255 * std)).astype(np.float32), (-mean / std).astype(np.float32)
        black, white = self.pixels
        return np.full(3, (white - black) / 255, np.float32), np.full(3, black, np.float32)

    def fitted(self, shape: Shape, name: str) -> FittedForm:
        """The form with layout and size settled by a file's input of this shape, 0 standing for any size.

        Raises `ArtifactError` if it is no square image, `InputError` if it leaves open what was not said, or
        contradicts it.
        """
        layout = self._layout(shape, name)
        height, width = shape[1:3] if layout == "nhwc" else shape[2:]
        if shape[0] > 1 or (height and width and height != width):
            raise ArtifactError(f"{name}: takes {shape}; {_EXPECTED}")
        side = height or width or self.size
        if not side:
            raise InputError(f"{name}: takes images of any size; say which one with --size")
        if self.size not in (None, side):
            raise InputError(f"{name}: takes images of {side} px, not {self.size}; leave out the size")
        return FittedForm(self, layout, side)

    def _layout(self, shape: Shape, name: str) -> Layout:
        channels: dict[Layout, int] = {"nchw": shape[1], "nhwc": shape[3]} if len(shape) == 4 else {}
        possible = [layout for layout, n in channels.items() if n == 3] or [k for k, n in channels.items() if n == 0]
        if not possible:
            raise ArtifactError(f"{name}: takes {shape}; {_EXPECTED}")
        if self.layout is None and len(possible) > 1:
            raise InputError(f"{name}: takes {shape}; say with --layout whether that is nchw or nhwc")
        if self.layout not in (None, *possible):
            raise InputError(f"{name}: takes {shape}, which is {possible[0]}, not {self.layout}; leave out the layout")
        return self.layout or possible[0]


@dataclass(frozen=True, slots=True)
class FittedForm:
    """A form of which nothing is open."""

    form: ImageForm
    layout: Layout
    size: int

    def __call__(self, face: NDArray[np.uint8]) -> NDArray[np.float32]:
        """From uint8 RGB (h, w, 3) to what the file takes, float32 (1, size, size, 3) or (1, 3, size, size)."""
        image = resize(face, self.size).astype(np.float32)
        if self.form != ImageForm():
            scale, shift = self.form.scale_and_shift
            image = image * scale + shift
        if self.form.colour == "bgr":
            image = image[:, :, ::-1]
        return np.ascontiguousarray(image.transpose(2, 0, 1) if self.layout == "nchw" else image)[None]
