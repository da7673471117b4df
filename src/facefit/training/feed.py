"""Batches on the device where training runs: from pixels that are kept there, or read from disk while it computes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from facefit.faces.dataset import Batch, Faces, LabelledFaces

_AHEAD = 4
"""Batches that each reading process prepares beforehand."""


class Order(NamedTuple):
    """Which images each step of a phase sees: whole batches of epochs that are shuffled by the seed.

    All processes agree on it, and any step can be found without those before it.
    """

    faces: Faces
    seed: int
    phase: int
    batch: int

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in the data; the rest of an epoch's shuffled images is left out."""
        return len(self.faces) // self.batch

    def epoch(self, epoch: int) -> NDArray[np.int64]:
        """Images of an epoch in their order."""
        return self.faces.order(np.random.default_rng([self.seed, self.phase, epoch, 1]))

    def steps(self, first: int, last: int, part: slice) -> Iterator[NDArray[np.int64]]:
        """One process's images of the steps from `first` up to `last`."""
        known, order = -1, np.zeros(0, np.int64)
        for step in range(first, last):
            epoch, i = divmod(step, self.steps_per_epoch)
            if epoch != known:
                known, order = epoch, self.epoch(epoch)
            yield order[i * self.batch : (i + 1) * self.batch][part]


class Sample(NamedTuple):
    """uint8 images (n, 3, h, w) and float32 targets (n, k) on the device; what was damaged, and why."""

    images: Tensor
    targets: Tensor
    damaged: dict[str, str]


class Feed(Protocol):
    """Gives the batches of a phase, from any step on."""

    def samples(self, order: Order, first: int, last: int, part: slice) -> Iterator[Sample]: ...


class ResidentFeed:
    """All pixels as uint8 on the device: nothing is copied while training runs."""

    def __init__(self, faces: LabelledFaces, device: torch.device) -> None:
        self._images = torch.from_numpy(faces.images).permute(0, 3, 1, 2).to(device)
        self._targets = torch.from_numpy(faces.targets).to(device)
        self._width = faces.width

    def samples(self, order: Order, first: int, last: int, part: slice) -> Iterator[Sample]:
        for indices in order.steps(first, last, part):
            picked = torch.from_numpy(indices).to(self._images.device)
            yield Sample(self._images[picked], self._rows(picked), {})

    def _rows(self, picked: Tensor) -> Tensor:
        chosen = self._targets[picked]
        return chosen if chosen.ndim == 2 else F.one_hot(chosen, self._width).float()


@dataclass(frozen=True)
class StreamingFeed:
    """Photos read from disk by `workers` processes, ahead of the step that needs them; 0 reads in this process."""

    faces: Faces
    device: torch.device
    workers: int

    def samples(self, order: Order, first: int, last: int, part: slice) -> Iterator[Sample]:
        batches: DataLoader[Batch] = DataLoader(
            _Reader(self.faces),
            sampler=_Steps(order, first, last, part),
            batch_size=None,
            num_workers=self.workers,
            prefetch_factor=_AHEAD if self.workers else None,
            pin_memory=self.device.type == "cuda",
            worker_init_fn=_one_thread,
        )
        for images, targets, damaged in batches:
            yield Sample(
                images.to(self.device, non_blocking=True).permute(0, 3, 1, 2),
                targets.to(self.device, non_blocking=True),
                damaged,
            )


@dataclass(frozen=True)
class TargetsOf:
    """The targets of faces on the device, read where they are asked for."""

    faces: Faces
    device: torch.device

    def __len__(self) -> int:
        return len(self.faces)

    def __getitem__(self, places: Tensor, /) -> Tensor:
        return torch.from_numpy(self.faces.targets_of(places.numpy())).to(self.device)


def make_feed(faces: Faces, device: torch.device, workers: int | None = None) -> Feed:
    """Pixels in memory go to the device; others are read by `workers` processes (default: by the machine's cores)."""
    if isinstance(faces, LabelledFaces):
        return ResidentFeed(faces, device)
    return StreamingFeed(faces, device, min(8, (os.cpu_count() or 2) - 1) if workers is None else workers)


class _Steps:
    """The images of each step, as a sampler."""

    def __init__(self, order: Order, first: int, last: int, part: slice) -> None:
        self._what = order, first, last, part

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        order, first, last, part = self._what
        return order.steps(first, last, part)

    def __len__(self) -> int:
        return self._what[2] - self._what[1]


class _Reader(Dataset[Batch]):
    """Reads whole batches."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    def __getitem__(self, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor, dict[str, str]]:  # type: ignore[override]
        images, targets, damaged = self._faces.read(indices)
        return torch.from_numpy(images), torch.from_numpy(targets), damaged


def _one_thread(worker: int) -> None:
    torch.set_num_threads(1)
