"""Faces whose judges wait or fail, in a module of their own, which workers can import."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from spaces import tiny_space

from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces
from facefit.labels.plan import uniform_labels
from facefit.labels.workers import Work, label_chunks
from facefit.space.population import Genes
from facefit.supernet.network import SuperNet

WAIT_SECONDS = 600
"""Longer than any test: who waits so long is to be ended."""


class WaitingFaces(LabelledFaces):
    """Processes that count right answers leave their number in the folder `part`; all but the first then wait."""

    def count_right(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> int:
        assert self.part is not None
        folder = Path(self.part)
        (folder / str(os.getpid())).touch()
        try:
            (folder / "answered").touch(exist_ok=False)
        except FileExistsError:
            time.sleep(WAIT_SECONDS)
        return LabelledFaces.count_right(self, descriptors, logits)


class FailingFaces(WaitingFaces):
    """As those, but the first fails as soon as another waits."""

    def count_right(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> int:
        WaitingFaces.count_right(self, descriptors, logits)
        assert self.part is not None
        while len(processes_in(Path(self.part))) < 2:
            time.sleep(0.1)
        raise InputError("these faces fail")


def processes_in(folder: Path) -> list[int]:
    """Numbers of the processes that have left them."""
    return [int(file.name) for file in folder.iterdir() if file.name.isdigit()]


def work_with(kind: type[LabelledFaces], folder: Path) -> tuple[Work, Genes, int]:
    """Eight subnets, each a chunk."""
    torch.manual_seed(0)
    net, rng = SuperNet(tiny_space(), 3), np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 24, 24, 3), dtype=np.uint8)
    arrays = images, np.eye(3, dtype=np.float32)[rng.integers(3, size=8)]
    names, classes = tuple(map(str, range(8))), ("a", "b", "c")
    calibration = LabelledFaces(*arrays, names, classes, "noise")
    split = kind(*arrays, names, classes, "noise", part=str(folder))
    return Work(net, calibration, split), uniform_labels(net.space, 8, rng), 1


def label_with_two_workers(folder: str) -> None:
    """In a process that is to be killed."""
    list(label_chunks(*work_with(WaitingFaces, Path(folder)), workers=2))
