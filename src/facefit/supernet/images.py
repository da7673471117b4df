"""Faces as the network sees them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from facefit.faces.dataset import LabelledFaces
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.pixels import resize


def network_input(faces: LabelledFaces, size: int) -> Tensor:
    """Normalised float32 images (n, 3, size, size) in channels-last memory."""
    pixels = np.stack([resize(image, size) for image in faces.images])
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div_(255)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return x.sub_(mean).div_(std).contiguous(memory_format=torch.channels_last)
