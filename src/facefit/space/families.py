"""The families of search spaces that a recipe can ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from facefit.errors import InputError
from facefit.space.layers import Activation, make_divisible
from facefit.space.search_space import Group, SearchSpace

Family = Literal["ofa-mbv3", "mobilefacenet"]

STRIDES = (2, 2, 2, 1, 2)
"""Of the groups of once-for-all's MobileNetV3 space."""


def ofa_mbv3(
    width: float = 1.2,
    resolutions: tuple[int, ...] = (224,),
    descriptor: int | None = None,
    strides: tuple[int, ...] = STRIDES,
) -> SearchSpace:
    """The once-for-all MobileNetV3 space (Cai et al. 2020, section 3.2), as the paper uses it with width 1.2.

    With `descriptor` the head is compact: a linear descriptor of that length instead of the 1280 x width
    h-swish features of an ImageNet classifier, whose mix alone has 1.77 million weights at width 1.2. Linear,
    since h-swish keeps nearly all values above 0, where few dimensions leave unit vectors little room to differ
    (descriptors of face recognition are linear: Deng et al. 2019, section 3.1).

    `strides` are those of the five groups, 1 or 2 each, after a stem that halves. The usual ones shrink an image
    32-fold, which leaves 2 x 2 positions of 64 pixels; with (1, 2, 2, 1, 2) it is 16-fold, as in MobileFaceNet
    (Chen et al. 2018), at four times the multiply-adds of the same widths.
    Raises `InputError` for a descriptor below 2, or other strides.
    """
    if len(strides) != len(STRIDES) or not set(strides) <= {1, 2}:
        raise InputError(f"strides are {strides}; expected one of 1 or 2 for each of the {len(STRIDES)} groups")
    base = (16, 16, 24, 40, 80, 112, 160, 960, 1280)
    stem, first, *widths, head, feature = (make_divisible(w * width) for w in base)
    squeezed = (False, True, False, True, True)
    activations: tuple[Activation, ...] = ("relu", "relu", "h_swish", "h_swish", "h_swish")
    groups = tuple(Group(*row) for row in zip(widths, strides, activations, squeezed, strict=True))
    name = f"ofa-mbv3-w{width:g}" + ("" if strides == STRIDES else f"-s{''.join(map(str, strides))}")
    full = SearchSpace(name, stem, first, groups, head, feature, resolutions=resolutions)
    return full if descriptor is None else _compact(full, descriptor)


def mobilefacenet(width: float = 1.0, resolutions: tuple[int, ...] = (112,), descriptor: int = 128) -> SearchSpace:
    """A space around MobileFaceNet (Chen et al. 2018, section 3.3), for faces of few pixels.

    Four groups shrink an image 16-fold, so that 8 x 8 positions of 64 pixels do most of the work and 4 x 4 are left at
    the end; kernels of 3 and 5, expand ratios of 2 to 4, no squeeze-and-excite: few weights for
    much arithmetic. Other than there, groups are narrower at width 1 (48, 96, 96 and 128 instead of
    64, 128, 128 and 128), so that there are subnets well below its latency, activations are h-swish, and pooling is
    the mean.
    Raises `InputError` for a descriptor below 2.
    """
    stem, *widths, head = (make_divisible(w * width) for w in (32, 48, 96, 96, 128, 512))
    groups = tuple(Group(w, stride, "h_swish", False) for w, stride in zip(widths, (2, 2, 1, 2), strict=True))
    full = SearchSpace(
        f"mobilefacenet-w{width:g}", stem, stem, groups, head, head,
        kernels=(3, 5), expands=(2, 3, 4), depths=(1, 2, 3, 4), resolutions=resolutions,
    )  # fmt: skip
    return _compact(full, descriptor)


def _compact(space: SearchSpace, descriptor: int) -> SearchSpace:
    if descriptor < 2:
        raise InputError(f"search space: a descriptor of {descriptor} numbers; expected 2 or more, such as 256")
    return replace(space, name=f"{space.name}-d{descriptor}", feature_width=descriptor, feature_activation="none")
