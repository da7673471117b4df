"""Thresholds of some subnets on photos of people held out, and what follows for all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.weighed_pairs import WeighedPairs, some_faces
from facefit.faces.alignment import View
from facefit.faces.dataset import LabelledFaces
from facefit.faces.subnet_thresholds import Interval, Thresholds, ViewThresholds
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES
from facefit.labels.threshold_regression import learn_figure
from facefit.space.population import Genes, decode
from facefit.space.shape import shape_names, shapes
from facefit.supernet.images import answers_to
from facefit.supernet.network import SuperNet
from facefit.supernet.reference import from_arrays
from facefit.weights.statistics import StatisticsModel

Progress = Callable[[int, int], None]


def learn_thresholds(
    net: SuperNet,
    model: StatisticsModel,
    genes: Genes,
    portraits: Mapping[View, LabelledFaces],
    progress: Progress = lambda done, total: None,
) -> Thresholds:
    """Thresholds of any subnet in each view that photos are at hand in, learnt from two subnets or more.

    They have the statistics that a fit predicts. The first one tells how far thresholds would move with other people.
    """
    seen = {view: _Seen(some_faces(faces)) for view, faces in portraits.items()}
    for i, subnet in enumerate(decode(net.space, genes)):
        statistics = from_arrays(model.predict(subnet), net.device)
        for one in seen.values():
            one.see(answers_to(net, subnet, one.faces, statistics)[0])
        progress(i + 1, len(genes))
    names, known = shape_names(net.space), shapes(net.space, genes)
    return Thresholds({view: one.learnt(view, names, known) for view, one in seen.items()}, len(genes))


@dataclass
class _Seen:
    """Faces in one view, their pairs, and the figures of subnets on these, each (rates, 2)."""

    faces: LabelledFaces
    figures: list[NDArray[np.float64]] = field(default_factory=list)
    first: list[tuple[Estimate, Estimate]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pairs = WeighedPairs.of(self.faces.labels)

    def see(self, descriptors: NDArray[np.float32]) -> None:
        """Takes note of what another subnet says, (photos, d)."""
        if not self.figures:
            self.first = self.pairs.estimates(descriptors)
        self.figures.append(self.pairs.figures(descriptors))

    def learnt(self, view: View, names: Sequence[str], known: NDArray[np.float64]) -> ViewThresholds:
        """What follows for other subnets, where (n, names) are known of those seen."""
        figures = np.stack(self.figures)
        tar, thresholds = (
            {far: learn_figure(names, known, figures[:, rate, kind]) for rate, far in enumerate(FALSE_ACCEPTANCE_RATES)}
            for kind in (0, 1)
        )
        beside = {far: _beside(least) for far, (_, least) in zip(FALSE_ACCEPTANCE_RATES, self.first, strict=True)}
        return ViewThresholds(thresholds, tar, beside, f"{self.pairs.told()}, {view}")


def _beside(estimate: Estimate) -> Interval:
    """How far the interval reaches below and above the figure."""
    low, high = estimate.interval
    return estimate.value - low, high - estimate.value
