"""Random changes of whole batches as tensors: one resampling does rotation, scale, shift, flip and the resize."""

from __future__ import annotations

from typing import NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from facefit.training.recipe import Augmentation


class View(NamedTuple):
    """The random numbers of n images: moves (n, 5), contrast and brightness (n, 1, 1, 1), and erased parts (n, 5).

    Drawn for the whole batch on the CPU, so that every device and every share of the batch sees the same.
    """

    moves: Tensor
    contrast: Tensor
    brightness: Tensor
    erased: Tensor

    @classmethod
    def draw(cls, n: int, generator: torch.Generator) -> Self:
        """For a batch of n images."""
        return cls(*(torch.rand(shape, generator=generator) for shape in ((n, 5), (n, 1, 1, 1), (n, 1, 1, 1), (n, 5))))

    def part(self, images: slice, device: torch.device) -> View:
        """Those of some of the images, on the device."""
        return View(*(numbers[images].to(device, non_blocking=True) for numbers in self))


def augment(images: Tensor, size: int, how: Augmentation, view: View) -> Tensor:
    """uint8 (n, 3, h, w) to float32 in 0..1 (n, 3, size, size): randomly moved, lit and erased."""
    x = F.grid_sample(
        images.float() / 255,
        F.affine_grid(_affine(view.moves * 2 - 1, how), [len(images), 3, size, size], align_corners=False),
        padding_mode="border",
        align_corners=False,
    )
    contrast = 1 + how.contrast * (view.contrast * 2 - 1)
    brightness = how.brightness * (view.brightness * 2 - 1)
    mean = x.mean((1, 2, 3), keepdim=True)
    x = ((x - mean) * contrast + mean + brightness).clamp_(0, 1)
    return _erase(x, how.erase_probability, view.erased)


def _affine(draw: Tensor, how: Augmentation) -> Tensor:
    """Maps from output to input coordinates, shape (n, 2, 3), from numbers in -1..1."""
    angle = torch.deg2rad(draw[:, 0] * how.rotation_degrees)
    zoom = 1 + draw[:, 1] * how.scale
    mirror = torch.where((draw[:, 4] < 0) & how.flip, -1.0, 1.0)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    shift_x, shift_y = 2 * how.shift * draw[:, 2], 2 * how.shift * draw[:, 3]
    rows = (torch.stack([cos * mirror, -sin, shift_x], 1), torch.stack([sin * mirror, cos, shift_y], 1))
    return torch.stack(rows, 1)


def _erase(x: Tensor, probability: float, draw: Tensor) -> Tensor:
    """Greys a random rectangle of up to half of each side in some of the images (Zhong et al. 2020)."""
    _, _, height, width = x.shape
    rows, columns = (torch.arange(side, device=x.device)[None, :] for side in (height, width))
    tall, wide = draw[:, 1:2] * height / 2, draw[:, 2:3] * width / 2
    top, left = draw[:, 3:4] * (height - tall), draw[:, 4:5] * (width - wide)
    inside = ((rows >= top) & (rows < top + tall))[:, :, None] & ((columns >= left) & (columns < left + wide))[:, None]
    return x.masked_fill((inside & (draw[:, 0] < probability)[:, None, None])[:, None], 0.5)
