"""A network answers to many images as to all of them at once, and sees a batch of them at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from spaces import tiny_space
from torch import Tensor

from facefit.faces.dataset import LabelledFaces
from facefit.space import Subnet
from facefit.supernet import images
from facefit.supernet.images import answers_to, network_input
from facefit.supernet.network import Output, SuperNet
from facefit.supernet.normalisers import Statistics


class Watched(SuperNet):
    """Counts the images that become floats together."""

    seen: list[int]

    def evaluate(self, subnet: Subnet, images: Tensor, statistics: Statistics, batch: int = 256) -> Output:
        self.seen.append(len(images))
        return super().evaluate(subnet, images, statistics, batch)


@pytest.mark.parametrize("n", [1, 7, 8, 20])
def test_answers_are_those_of_all_images_at_once(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_BATCH", 8)
    torch.manual_seed(0)
    net, rng = Watched(tiny_space(), 3), np.random.default_rng(0)
    net.seen = []
    subnet = net.space.smallest
    pixels = rng.integers(0, 256, (n, 24, 24, 3), np.uint8)
    faces = LabelledFaces(pixels, np.eye(3, dtype=np.float32)[rng.integers(3, size=n)], ("",) * n, tuple("abc"), "toy")
    statistics = net.recalibrate(subnet, network_input(faces, subnet.resolution))
    descriptors, logits = answers_to(net, subnet, faces, statistics)
    assert sum(net.seen) == n and max(net.seen) <= 8
    whole = net.evaluate(subnet, network_input(faces, subnet.resolution), statistics).arrays()
    for ours, theirs in zip((descriptors, logits), whole, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
