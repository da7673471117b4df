"""Exact accuracies of many subnets, each layer run once for all subnets that share everything before it.

Every layer first sees the calibration images as one batch, which gives its exact batch-norm statistics, then the
evaluation images with these statistics. Both depend only on the layers before, so subnets with a common prefix
share them: the numbers are the same as one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from facefit.space import InvertedResidual, Subnet
from facefit.supernet.elastic import Normaliser
from facefit.supernet.network import Output, SuperNet
from facefit.supernet.normalisers import NormaliseByStatistics, RecordStatistics, Statistics
from facefit.weights import active_positions

_Step = tuple[int, InvertedResidual]
Judge = Callable[[Output], int]
"""Counts right answers."""
_Run = Callable[[Tensor, Normaliser], Tensor]


@dataclass(frozen=True, slots=True)
class _Activations:
    """What both image sets look like after some layers, and the statistics of these layers."""

    calibration: Tensor
    evaluation: Tensor
    statistics: Statistics


class SharedPrefixEvaluator:
    """Evaluates subnets at one resolution; images are normalised float32 (n, 3, r, r).

    `judge` sees what a subnet answers to the evaluation images.

    Keeps the activations along the current subnet only: memory grows with depth, not with the number of subnets.
    """

    def __init__(self, net: SuperNet, calibration: Tensor, evaluation: Tensor, judge: Judge, batch: int = 256) -> None:
        self.net, self.judge, self.batch = net, judge, batch
        self.resolution = calibration.shape[-1]
        self._images = _Activations(calibration, evaluation, {})
        self._path: list[tuple[_Step, _Activations]] = []
        self._opened: _Activations | None = None

    @torch.inference_mode()
    def evaluate(self, subnets: Sequence[Subnet]) -> Iterator[tuple[int, int, Statistics]]:
        """Yields (index in `subnets`, number of right answers, statistics), ordered so that prefixes are shared."""
        order = sorted(range(len(subnets)), key=lambda i: subnets[i])
        for i in order:
            yield i, *self._evaluate_one(subnets[i])

    def _evaluate_one(self, subnet: Subnet) -> tuple[int, Statistics]:
        if self._opened is None:
            self._opened = self._run(self._images, lambda x, n: self.net.open(x, self.resolution, n))
        space = self.net.space
        steps = list(zip(active_positions(space, subnet), space.block_layers(subnet), strict=True))
        shared = 0
        while shared < min(len(steps), len(self._path)) and self._path[shared][0] == steps[shared]:
            shared += 1
        del self._path[shared:]
        for step in steps[shared:]:
            before = self._path[-1][1] if self._path else self._opened
            self._path.append((step, self._block(before, step)))
        last = self._path[-1][1]
        recorder = RecordStatistics()
        self.net.finish(last.calibration, recorder)
        output = self.net.finish(last.evaluation, NormaliseByStatistics(recorder.statistics))
        statistics = dict(self._opened.statistics)
        for _, activations in self._path:
            statistics |= activations.statistics
        return self.judge(output), statistics | recorder.statistics

    def _block(self, before: _Activations, step: _Step) -> _Activations:
        position, layer = step
        block = self.net.blocks[position]
        return self._run(before, lambda x, n: block(x, layer, f"blocks.{position}", n))

    def _run(self, before: _Activations, run: _Run) -> _Activations:
        recorder = RecordStatistics()
        calibration = run(before.calibration, recorder)
        normalise = NormaliseByStatistics(recorder.statistics)
        parts = [run(chunk, normalise) for chunk in before.evaluation.split(self.batch)]
        return _Activations(calibration, torch.cat(parts), recorder.statistics)
