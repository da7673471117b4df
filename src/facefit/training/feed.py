"""Batches on the device where training runs: from pixels that are kept there, or read from disk while it computes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from facefit.errors import InputError
from facefit.faces.batches import Faces
from facefit.faces.dataset import LabelledFaces
from facefit.training.order import Order

_Read: TypeAlias = tuple[Tensor, Tensor, dict[str, str]] | str
"""Images, targets and what is damaged; or why a batch could not be read."""
_AHEAD = 4
"""Batches that each reading process prepares beforehand."""


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
    """Photos read from disk by `workers` processes, ahead of the step that needs them; 0 reads in this process.

    Raises `InputError` for a batch that is damaged as a whole.
    """

    faces: Faces
    device: torch.device
    workers: int

    def samples(self, order: Order, first: int, last: int, part: slice) -> Iterator[Sample]:
        batches: DataLoader[_Read] = DataLoader(
            _Reader(self.faces),
            sampler=_Steps(order, first, last, part),
            batch_size=None,
            num_workers=self.workers,
            prefetch_factor=_AHEAD if self.workers else None,
            pin_memory=self.device.type == "cuda",
            worker_init_fn=_begin_to_read,
        )
        for read in batches:
            if isinstance(read, str):
                raise InputError(read)
            images, targets, damaged = read
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


def make_feed(faces: Faces, device: torch.device, workers: int | None = None, sharing: int = 1) -> Feed:
    """Pixels in memory go to the device; others are read by `workers` processes (default: by the usable cores, which
    so many processes of this machine are `sharing`)."""
    if isinstance(faces, LabelledFaces):
        return ResidentFeed(faces, device)
    if workers is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        workers = min(max(cores // sharing - 1, 1), 8)
    return StreamingFeed(faces, device, workers)


class _Steps:
    """The images of each step, as a sampler."""

    def __init__(self, order: Order, first: int, last: int, part: slice) -> None:
        self._what = order, first, last, part

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        order, first, last, part = self._what
        return order.steps(first, last, part)

    def __len__(self) -> int:
        return self._what[2] - self._what[1]


class _Reader(Dataset[_Read]):
    """Reads whole batches; errors are returned, since PyTorch adds a traceback to what its processes raise."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    def __getitem__(self, indices: NDArray[np.int64]) -> _Read:
        try:
            images, targets, damaged = self._faces.read(indices)
        except InputError as error:
            return str(error)
        return torch.from_numpy(images), torch.from_numpy(targets), damaged


def _begin_to_read(worker: int) -> None:
    """Ctrl-C is the trainer's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
