"""Random changes of whole batches as tensors: one resampling does rotation, scale, shift, flip and the resize."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from facefit.training.recipe import Augmentation


def augment(images: Tensor, size: int, how: Augmentation, generator: torch.Generator) -> Tensor:
    """uint8 (n, 3, h, w) to float32 in 0..1 (n, 3, size, size): randomly moved, lit and erased."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator) * 2 - 1

    n = len(images)
    x = F.grid_sample(
        images.float() / 255,
        F.affine_grid(_random_affine(n, how, generator), [n, 3, size, size], align_corners=False),
        padding_mode="border",
        align_corners=False,
    )
    contrast, brightness = 1 + how.contrast * uniform(n, 1, 1, 1), how.brightness * uniform(n, 1, 1, 1)
    mean = x.mean((1, 2, 3), keepdim=True)
    x = ((x - mean) * contrast + mean + brightness).clamp_(0, 1)
    return _erase(x, how.erase_probability, generator)


def _random_affine(n: int, how: Augmentation, generator: torch.Generator) -> Tensor:
    """Maps from output to input coordinates, shape (n, 2, 3)."""
    draw = torch.rand((n, 5), generator=generator) * 2 - 1
    angle = torch.deg2rad(draw[:, 0] * how.rotation_degrees)
    zoom = 1 + draw[:, 1] * how.scale
    mirror = torch.where((draw[:, 4] < 0) & how.flip, -1.0, 1.0)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    shift_x, shift_y = 2 * how.shift * draw[:, 2], 2 * how.shift * draw[:, 3]
    rows = (torch.stack([cos * mirror, -sin, shift_x], 1), torch.stack([sin * mirror, cos, shift_y], 1))
    return torch.stack(rows, 1)


def _erase(x: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Greys a random rectangle of up to half of each side in some of the images (Zhong et al. 2020)."""
    n, _, height, width = x.shape
    draw = torch.rand((n, 5), generator=generator)
    rows, columns = torch.arange(height)[None, :], torch.arange(width)[None, :]
    tall, wide = draw[:, 1:2] * height / 2, draw[:, 2:3] * width / 2
    top, left = draw[:, 3:4] * (height - tall), draw[:, 4:5] * (width - wide)
    inside = ((rows >= top) & (rows < top + tall))[:, :, None] & ((columns >= left) & (columns < left + wide))[:, None]
    return x.masked_fill((inside & (draw[:, 0] < probability)[:, None, None])[:, None], 0.5)
