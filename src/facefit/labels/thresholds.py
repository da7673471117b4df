"""Descriptors of held-out people by several subnets, with the statistics that a fit predicts, for thresholds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from facefit.faces.alignment import MATCH_VIEW
from facefit.faces.dataset import LabelledFaces
from facefit.faces.thresholds import Thresholds
from facefit.space.population import Genes, decode
from facefit.supernet.images import answers_to
from facefit.supernet.network import SuperNet
from facefit.supernet.reference import from_arrays
from facefit.weights.statistics import StatisticsModel

Progress = Callable[[int, int], None]


def observe_thresholds(
    net: SuperNet,
    model: StatisticsModel,
    genes: Genes,
    portraits: LabelledFaces,
    progress: Progress = lambda done, total: None,
) -> Thresholds:
    """Thresholds for the subnets `genes`, over all pairs of photos of held-out people, cut out as a match cuts them."""

    def descriptors() -> Iterator[NDArray[np.float32]]:
        for i, subnet in enumerate(decode(net.space, genes)):
            predicted = from_arrays(model.predict(subnet), net.device)
            yield answers_to(net, subnet, portraits, predicted)[0]
            progress(i + 1, len(genes))

    photos = len(portraits)
    people, pairs = len(np.unique(portraits.labels)), photos * (photos - 1) // 2
    looked_at = f"{people} held-out people, {pairs} pairs of {photos} photos, {MATCH_VIEW}"
    return Thresholds.over(descriptors(), portraits.labels, looked_at)
