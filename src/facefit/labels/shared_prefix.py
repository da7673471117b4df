"""Exact accuracies of many subnets, each layer run once for all subnets that share everything before it.

The calibration images run first, as one batch, which gives every layer its exact batch-norm statistics; then the
evaluation images run with these statistics, in as many portions as memory asks for. Both depend only on the layers
before, so subnets with a common prefix share them: the numbers are the same as one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from facefit.faces.dataset import LabelledFaces
from facefit.labels.memory import BATCH, Portions
from facefit.space import InvertedResidual, Subnet
from facefit.supernet.images import network_input
from facefit.supernet.network import Output, SuperNet
from facefit.supernet.normalisers import NormaliseByStatistics, RecordStatistics, Statistics
from facefit.weights import active_positions

_Step = tuple[int, InvertedResidual]
_Normaliser = RecordStatistics | NormaliseByStatistics
_Run = Callable[[Tensor, _Normaliser], Tensor]


@dataclass(frozen=True, slots=True)
class _Passed:
    """What the images look like after a step, and the statistics of its layers; the opening has no step."""

    step: _Step | None
    activations: Tensor
    statistics: Statistics


class SharedPrefix:
    """Runs images, normalised float32 (n, 3, r, r), through subnets at one resolution.

    Keeps the activations along the current subnet only: memory grows with depth, not with the number of subnets.
    Each layer takes `batch` images at a time when statistics are given; all at once when they are observed.
    """

    def __init__(self, net: SuperNet, images: Tensor, batch: int = BATCH) -> None:
        self._net, self._images, self._batch = net, images, batch
        self._path: list[_Passed] = []

    @torch.inference_mode()
    def observe(self, subnets: Sequence[Subnet]) -> Iterator[tuple[int, Statistics]]:
        """Yields (index in `subnets`, exact statistics over the images), ordered so that prefixes are shared."""
        for i in _ordered(subnets):
            self._pass(subnets[i], RecordStatistics)
            recorder = RecordStatistics()
            self._net.finish(self._path[-1].activations, recorder)
            statistics: Statistics = {}
            for passed in self._path:
                statistics |= passed.statistics
            yield i, statistics | recorder.statistics

    @torch.inference_mode()
    def answer(self, subnets: Sequence[Subnet], statistics: Sequence[Statistics]) -> Iterator[tuple[int, Output]]:
        """Yields (index in `subnets`, what it answers), given the statistics of each, which agree along prefixes."""
        for i in _ordered(subnets):
            normalise = NormaliseByStatistics(statistics[i])
            self._pass(subnets[i], lambda: normalise)  # noqa: B023 called in this very turn
            yield i, self._net.finish(self._path[-1].activations, normalise)

    def _pass(self, subnet: Subnet, begin: Callable[[], _Normaliser]) -> None:
        """Makes the path that of the subnet, up to its last block."""
        space, resolution = self._net.space, subnet.resolution
        if not self._path:
            self._append(None, self._images, lambda x, n: self._net.open(x, resolution, n), begin())
        steps = list(zip(active_positions(space, subnet), space.block_layers(subnet), strict=True))
        shared = 0
        while shared < min(len(steps), len(self._path) - 1) and self._path[1 + shared].step == steps[shared]:
            shared += 1
        del self._path[1 + shared :]
        for step in steps[shared:]:
            self._append(step, self._path[-1].activations, self._block(step), begin())

    def _block(self, step: _Step) -> _Run:
        position, layer = step
        block = self._net.blocks[position]
        return lambda x, normalise: block(x, layer, f"blocks.{position}", normalise)

    def _append(self, step: _Step | None, before: Tensor, run: _Run, normalise: _Normaliser) -> None:
        batch = len(before) if isinstance(normalise, RecordStatistics) else self._batch
        parts = [run(chunk, normalise) for chunk in before.split(batch)]
        self._path.append(_Passed(step, torch.cat(parts) if len(parts) > 1 else parts[0], normalise.statistics))


class Evaluated(NamedTuple):
    """What came out of the subnet at `place` among those that were asked for, and the statistics that it ran with."""

    place: int
    right: int
    log_likelihood: float
    statistics: Statistics


class SharedPrefixEvaluator:
    """Evaluates subnets at one resolution: statistics over `calibration`, right answers over `split`."""

    def __init__(
        self, net: SuperNet, calibration: LabelledFaces, split: LabelledFaces, portions: Portions | None = None
    ) -> None:
        self._net, self._calibration, self._split = net, calibration, split
        self._portions = portions or Portions(images=len(split), subnets=1)

    def evaluate(self, subnets: Sequence[Subnet]) -> Iterator[Evaluated]:
        """All of them, ordered so that prefixes are shared."""
        order, parts = _ordered(subnets), self._split.portions(self._portions.images)
        # Answers to one portion are judged at once; those to several are kept, for so many subnets at a time.
        together = len(order) if len(parts) == 1 else self._portions.subnets
        for start in range(0, len(order), together):
            group = order[start : start + together]
            for done in self._evaluate([subnets[i] for i in group], parts):
                yield done._replace(place=group[done.place])

    def _evaluate(self, subnets: Sequence[Subnet], parts: Sequence[LabelledFaces]) -> Iterator[Evaluated]:
        size = subnets[0].resolution
        # No name is kept for the calibration images, which would then lie beside those that are judged.
        observed = dict(SharedPrefix(self._net, self._input(self._calibration, size)).observe(subnets))
        statistics = [observed[i] for i in range(len(subnets))]
        answers: dict[int, list[Output]] = {}
        for part in parts:
            prefix = SharedPrefix(self._net, self._input(part, size), self._portions.batch)
            for i, output in prefix.answer(subnets, statistics):
                answers.setdefault(i, []).append(output)
                if len(answers[i]) == len(parts):
                    whole = Output(*(torch.cat(tensors) for tensors in zip(*answers.pop(i), strict=True)))
                    answered = whole.arrays()
                    right, likely = self._split.count_right(*answered), self._split.log_likelihood(*answered)
                    yield Evaluated(i, right, likely, statistics[i])

    def _input(self, faces: LabelledFaces, size: int) -> Tensor:
        return network_input(faces, size).to(self._net.device)


def _ordered(subnets: Sequence[Subnet]) -> list[int]:
    return sorted(range(len(subnets)), key=lambda i: subnets[i])
