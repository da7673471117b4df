"""Labels many subnets, in an order that shares prefixes, saving as it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from facefit.errors import ArtifactError
from facefit.faces.dataset import LabelledFaces
from facefit.labels.shared_prefix import SharedPrefixEvaluator
from facefit.labels.store import Labels
from facefit.space.population import Genes, decode
from facefit.supernet.images import network_input
from facefit.supernet.network import SuperNet


def label_subnets(
    net: SuperNet,
    genes: Genes,
    calibration: LabelledFaces,
    search_split: LabelledFaces,
    path: Path,
    *,
    seed: int,
    save_seconds: float = 60.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Labels:
    """Adds the accuracy of each subnet to the label file at `path`; subnets that are in it are not done again.

    `calibration` gives each subnet its batch-norm statistics, `search_split` its accuracy. Ctrl-C keeps what is done.
    """
    protocol = f"{search_split.protocol}-search"
    labels = Labels.load(path) if path.exists() else Labels.empty(net.space, len(search_split), protocol, seed)
    if (labels.space, labels.n, labels.protocol) != (net.space, len(search_split), protocol):
        raise ArtifactError(f"{path}: labels of another space or search split ({labels.protocol}, n={labels.n})")
    todo = labels.missing(genes)
    total, saved = len(todo), time.monotonic()
    found: list[tuple[Genes, int]] = []

    def keep() -> Labels:
        if not found:
            return labels
        merged = labels.merged(np.stack([g for g, _ in found]), np.array([r for _, r in found], np.int64))
        merged.save(path)
        return merged

    try:
        for rows in (todo[todo[:, 0] == r] for r in np.unique(todo[:, 0])):
            for i, right in _label_resolution(net, rows, calibration, search_split):
                found.append((rows[i], right))
                progress(len(found), total)
                if time.monotonic() - saved > save_seconds:
                    keep()
                    saved = time.monotonic()
    finally:
        labels = keep()
    return labels


def _label_resolution(
    net: SuperNet, genes: Genes, calibration: LabelledFaces, split: LabelledFaces
) -> Iterator[tuple[int, int]]:
    subnets = decode(net.space, genes)
    size = subnets[0].resolution
    images = network_input(calibration, size), network_input(split, size)
    evaluator = SharedPrefixEvaluator(net, *images, split.labels)
    for i, right, _ in evaluator.evaluate(subnets):
        yield i, right
