"""Recalibrated statistics of many subnets, and what it costs to predict them instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from facefit.faces.dataset import LabelledFaces
from facefit.freed_memory import keep_freed_memory
from facefit.labels.shared_prefix import SharedPrefix
from facefit.space.population import Genes, decode
from facefit.supernet.images import answers_to, network_input
from facefit.supernet.network import SuperNet
from facefit.supernet.reference import as_arrays, from_arrays
from facefit.weights import NormStatistics
from facefit.weights.statistics import PredictionCost, StatisticsModel

Progress = Callable[[int, int], None]


class StatisticsCost(NamedTuple):
    """Accuracy in 0..1 of held-out subnets, each shape (m,), with recalibrated and with predicted statistics."""

    exact: NDArray[np.float64]
    predicted: NDArray[np.float64]

    def summary(self, split: LabelledFaces) -> PredictionCost:
        """Mean loss in points with its 95 % interval (normal approximation over subnets)."""
        lost = 100 * (self.exact - self.predicted)
        half = 1.96 * float(lost.std(ddof=1)) / len(lost) ** 0.5
        mean = float(lost.mean())
        return PredictionCost(mean, (mean - half, mean + half), len(lost), split.protocol, split.questions)


def observe_statistics(
    net: SuperNet, genes: Genes, calibration: LabelledFaces, progress: Progress = lambda done, total: None
) -> list[NormStatistics]:
    """Exact statistics of each subnet over the calibration images, in the order of `genes`."""
    keep_freed_memory()
    observed: dict[int, NormStatistics] = {}
    for i, statistics in _by_resolution(net, genes, calibration):
        observed[i] = statistics
        progress(len(observed), len(genes))
    return [observed[i] for i in range(len(genes))]


def statistics_cost(
    net: SuperNet,
    model: StatisticsModel,
    genes: Genes,
    calibration: LabelledFaces,
    split: LabelledFaces,
    progress: Progress = lambda done, total: None,
) -> StatisticsCost:
    """Evaluates each subnet both ways on the same images; `genes` should not be among those the model learnt from."""
    exact: list[float] = []
    predicted: list[float] = []
    for i, subnet in enumerate(decode(net.space, genes)):
        recalibrated = net.recalibrate(subnet, network_input(calibration, subnet.resolution).to(net.device))
        guessed = from_arrays(model.predict(subnet), net.device)
        for statistics, accuracies in ((recalibrated, exact), (guessed, predicted)):
            right = split.count_right(*answers_to(net, subnet, split, statistics))
            accuracies.append(right / split.questions)
        progress(i + 1, len(genes))
    return StatisticsCost(np.array(exact), np.array(predicted))


def _by_resolution(net: SuperNet, genes: Genes, calibration: LabelledFaces) -> Iterator[tuple[int, NormStatistics]]:
    for r in np.unique(genes[:, 0]):
        rows = np.flatnonzero(genes[:, 0] == r)
        subnets = decode(net.space, genes[rows])
        images = network_input(calibration, subnets[0].resolution).to(net.device)
        for i, statistics in SharedPrefix(net, images).observe(subnets):
            yield int(rows[i]), {k: (m.copy(), v.copy()) for k, (m, v) in as_arrays(statistics).items()}
