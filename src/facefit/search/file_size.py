"""The size of the exported file as a limit: it adds up over layers as latency does."""

from __future__ import annotations

from facefit.search.limits import Limit
from facefit.space import Conv, InvertedResidual, Layer, SearchSpace
from facefit.space.costs import additive_table

_NUMBER_BYTES = 2
_BLOCK_BYTES = 2_500
"""Operators, tensors and alignment of one block, among them those that widen its weights at load."""
_SPLIT_BYTES = 1_900
_FRAME_BYTES = 6_000
"""The file's frame, the layers that every subnet has, and the room that a card leaves for later entries."""


def size_limit(
    space: SearchSpace, maximum: float, classes: int = 0, split7: bool = True, card_bytes: int = 6_000
) -> Limit:
    """At most so many bytes of `.tflite` with float16 weights, a classifier of so many classes and a card included.

    `split7`: whether 7x7 depthwise convolutions are written as three, see `DeviceProfile.depthwise7`. The estimate is
    an upper bound, within one percent and 10 kB, for cards of at most `card_bytes`.
    """
    fixed, blocks = additive_table(space, lambda layer: _bytes(layer, split7))
    own = _FRAME_BYTES + card_bytes + _NUMBER_BYTES * classes * (space.feature_width + 1)
    return Limit("file size", "MB", (fixed + own, blocks), maximum, unit_size=1e6)


def _bytes(layer: Layer, split7: bool) -> float:
    """Weights with batch norms folded in, and what describes them."""
    match layer:
        case Conv():
            return _NUMBER_BYTES * (layer.kernel**2 * layer.in_channels + 1) * layer.out_channels
        case InvertedResidual():
            mid, squeeze = layer.mid_channels, layer.squeeze_channels
            expand = (layer.in_channels + 1) * mid if layer.expands else 0
            gate = 2 * mid * squeeze + mid + squeeze if squeeze else 0
            depthwise = (layer.effective_kernel**2 + 1) * mid
            numbers = expand + depthwise + gate + (mid + 1) * layer.out_channels
            split = split7 and layer.effective_kernel == 7
            # Each of the two further parts of a split kernel has a bias of its own.
            return _NUMBER_BYTES * (numbers + 2 * mid * split) + _BLOCK_BYTES + _SPLIT_BYTES * split
        case _:
            return 0.0
