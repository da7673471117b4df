"""Faces as the network sees them, and what it answers."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facefit.faces.dataset import LabelledFaces
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.pixels import resize
from facefit.space import Subnet
from facefit.supernet.network import DescriptorNet
from facefit.supernet.normalisers import Statistics

_BATCH = 256


def network_input(faces: LabelledFaces, size: int) -> Tensor:
    """Normalised float32 images (n, 3, size, size) in channels-last memory."""
    pixels = np.stack([resize(image, size) for image in faces.images])
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div_(255)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return x.sub_(mean).div_(std).contiguous(memory_format=torch.channels_last)


def answers_to(
    net: DescriptorNet, subnet: Subnet, faces: LabelledFaces, statistics: Statistics
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Descriptors (n, d) and logits (n, classes) that a subnet gives with these statistics.

    Pixels become floats on the network's device a batch at a time, so that memory does not grow with the images.
    """
    parts = [
        net.evaluate(subnet, network_input(part, subnet.resolution).to(net.device), statistics).arrays()
        for part in faces.portions(_BATCH)
    ]
    descriptors, logits = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return descriptors, logits
