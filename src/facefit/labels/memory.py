"""How many images may run at a time so that labelling stays within a worker's memory."""

from __future__ import annotations

from dataclasses import dataclass

from facefit.errors import InputError, at_least
from facefit.space import Conv, InvertedResidual, SearchSpace

_FLOAT_BYTES = 4
BATCH = 256
_PART = 4
"""What is inside a layer, and answers that wait for the last portion of images, take a fourth of the memory each."""


@dataclass(frozen=True, slots=True)
class Portions:
    """Evaluation images that run at a time, subnets whose answers are kept until all images have run, and how many of
    the images a layer takes at once."""

    images: int
    subnets: int
    batch: int = BATCH


def portions_within(
    space: SearchSpace, resolution: int, calibration: int, evaluation: int, memory_bytes: float
) -> Portions:
    """The largest portions whose activations fit, for so many calibration and evaluation images.

    Counted are the images, the activations kept along the largest subnet, those inside the layer that is running, and
    answers; Python and PyTorch themselves take some hundred megabytes more. All calibration images run as one batch,
    since exact statistics need all of them. Raises `InputError` if those alone do not fit, or the answers.
    """
    kept, inside = _image_bytes(space, resolution)
    enough = least_memory(space, resolution, calibration, evaluation)
    advice = f"allow at least {at_least(enough, 1e9, digits=3)} GB"
    if calibration * (kept + inside) > memory_bytes:
        raise InputError(
            f"memory is {memory_bytes / 1e9:.3g} GB a worker; {calibration} calibration images at {resolution} px run "
            f"as one batch and do not fit: {advice}"
        )
    batch = max(1, min(BATCH, evaluation, int(memory_bytes / _PART // inside)))
    left = memory_bytes - batch * inside
    if left >= evaluation * kept:
        return Portions(evaluation, 1, batch)
    answer = evaluation * space.feature_width * _FLOAT_BYTES
    subnets = max(1, int(memory_bytes / _PART // answer))
    images = int((left - subnets * answer) // kept)
    if images < 1:
        raise InputError(
            f"memory is {memory_bytes / 1e9:.3g} GB a worker; the answers to {evaluation} images alone take a large "
            f"part of it: {advice}"
        )
    return Portions(min(images, evaluation), subnets, batch)


def least_memory(space: SearchSpace, resolution: int, calibration: int, evaluation: int) -> int:
    """Bytes that are enough for so many images: for all calibration images at once, and for a part of the memory to
    hold each of the answers, what is inside a layer, and one image."""
    kept, inside = _image_bytes(space, resolution)
    answer = evaluation * space.feature_width * _FLOAT_BYTES
    return max(calibration * (kept + inside), _PART * max(answer, inside, kept))


def _image_bytes(space: SearchSpace, resolution: int) -> tuple[int, int]:
    """Bytes for each image: itself and what is kept along the largest subnet; at most inside one layer."""
    blocks = [
        space.block_layer(group, j == 0, space.choices[-1], resolution)
        for group in range(len(space.groups))
        for j in range(space.max_depth)
    ]
    stem, first = space.opening_layers(resolution)
    head = space.closing_layers(resolution)[0]
    kept = 3 * resolution**2 + sum(layer.out_channels * layer.output_size**2 for layer in (first, *blocks))
    layers: list[Conv | InvertedResidual] = [stem, first, *blocks, head]
    inside = max(_inside(layer) for layer in layers)
    return kept * _FLOAT_BYTES, inside * _FLOAT_BYTES


def _inside(layer: Conv | InvertedResidual) -> int:
    """Numbers alive at once inside a layer: an activation, what becomes of it, and that normalised."""
    if isinstance(layer, Conv):
        return 3 * layer.out_channels * layer.output_size**2
    return layer.mid_channels * (2 * layer.input_size**2 + layer.output_size**2)
