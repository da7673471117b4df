"""Labelling in a process of its own, which tells how much memory it took at most."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from spaces import tiny_space

from facefit.faces.dataset import LabelledFaces
from facefit.labels.plan import uniform_labels
from facefit.labels.workers import Work, label_chunks
from facefit.supernet.network import SuperNet

PHOTOS = 12_000


def noise(n: int) -> LabelledFaces:
    rng = np.random.default_rng(n)
    images = rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
    targets = np.eye(3, dtype=np.float32)[rng.integers(3, size=n)]
    return LabelledFaces(images, targets, tuple(map(str, range(n))), ("a", "b", "c"), "noise")


def peak_and_answers(judged: int, memory_bytes: float | None) -> tuple[int, list[int]]:
    """Bytes at most, and right answers of three subnets to the first `judged` of all photos, which are there anyway."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    space = tiny_space(resolutions=(32,))
    work = Work(SuperNet(space, 3), noise(64), noise(PHOTOS).where(np.arange(PHOTOS) < judged), memory_bytes)
    work.check_memory()
    genes = uniform_labels(space, 3, np.random.default_rng(0))
    right = [int(n) for done in label_chunks(work, genes, 3, workers=1) for n in done.right]
    return peak(), right


def peak() -> int:
    """Bytes; `ru_maxrss` would count what the process that started this one took."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return 1024 * int(status["VmHWM"].split()[0])


if __name__ == "__main__":
    most, right = peak_and_answers(int(sys.argv[1]), float(sys.argv[2]) or None)
    print(most, *right)
