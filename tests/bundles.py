"""A whole bundle that has learnt nothing, in seconds: for tests of all that works with a trained one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from spaces import tiny_space

from facefit import bundle
from facefit.comparator import Comparator, RidgeSurrogate
from facefit.faces.alignment import VIEWS
from facefit.faces.dataset import LabelledFaces
from facefit.faces.subnet_thresholds import Figure, Thresholds, ViewThresholds
from facefit.labels.statistics import observe_statistics
from facefit.labels.store import Labels
from facefit.space import SearchSpace
from facefit.space.population import sample
from facefit.supernet.loading import to_shared_weights
from facefit.supernet.network import SuperNet
from facefit.weights import NetworkMetadata, Task
from facefit.weights.statistics import StatisticsModel

CLASSES = ("happiness", "neutral", "sadness")
_SAME_FOR_ALL = {"0.01": Figure.mean(0.31, 0.02), "0.001": Figure.mean(0.42, 0.03)}
THRESHOLDS = Thresholds({view: ViewThresholds(_SAME_FOR_ALL, {}, {}, f"noise, {view}") for view in VIEWS}, 4)


def noise_faces(n: int, size: int, seed: int) -> LabelledFaces:
    """Smooth random images with random classes."""
    rng = np.random.default_rng(seed)
    images = np.repeat(np.repeat(rng.integers(0, 256, (n, size // 4, size // 4, 3), np.uint8), 4, 1), 4, 2)
    targets = np.eye(len(CLASSES), dtype=np.float32)[rng.integers(len(CLASSES), size=n)]
    return LabelledFaces(images, targets, tuple(f"{i}.png" for i in range(n)), CLASSES, "noise")


COMPACT = replace(tiny_space(), name="tiny-d12", feature_width=12, feature_activation="none")
"""The tiny space with a compact head."""


def write_bundle(folder: Path, task: Task = "expression", space: SearchSpace | None = None) -> Path:
    """SuperNet, statistics, labels, comparator and surrogate of the tiny space; accuracy grows with the blocks.

    For identity with a compact head, unless `space` is another one, no classes, and thresholds.
    """
    rng, classes = np.random.default_rng(0), CLASSES
    space = space or (COMPACT if task == "identity" else tiny_space())
    if task == "identity":
        classes = ()
        THRESHOLDS.save(folder / bundle.THRESHOLDS)
    torch.manual_seed(0)
    net = SuperNet(space, len(CLASSES)).eval()
    for parameter in net.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    metadata = NetworkMetadata(task, classes, (0.5,) * 3, (0.25,) * 3, "none", {"data": "noise"})
    to_shared_weights(space, dict(net.named_parameters()), metadata).save(folder / bundle.SUPERNET)
    seen = sample(space, 40, rng)
    StatisticsModel.fit(space, seen, observe_statistics(net, seen, noise_faces(48, 32, 1))).save(
        folder / bundle.STATISTICS
    )
    genes = sample(space, 200, rng)
    right = 500 + (2 * genes.astype(int).sum(axis=1)) + rng.integers(0, 5, 200)
    labels = Labels.empty(space, 1000, "noise-search", "noise").merged(genes, right, "uniform")
    labels.save(folder / bundle.LABELS)
    Comparator.fit(space, labels.genes, labels.accuracy, rng).save(folder / bundle.COMPARATOR)
    RidgeSurrogate.fit(space, labels.genes, labels.accuracy, rng).save(folder / bundle.SURROGATE)
    return folder
