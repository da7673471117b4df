"""Lessons that are recorded once and replayed, as CUDA graphs: small networks leave a GPU waiting for the thousands of
kernels of a step to be started one by one, which a replay starts at once."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

from facefit.space import Subnet
from facefit.supernet.masked import Mask, parameters_used, run_masked
from facefit.supernet.network import SuperNet
from facefit.training.augment import View
from facefit.training.lessons import Batch, Lesson, Lessons, PlainLessons, Runs
from facefit.training.recipe import Augmentation

Record: TypeAlias = Callable[[Callable[[], None]], Callable[[], None]]
"""Makes of what is always done to the same tensors that which does it again, having done it at least once."""
_WARM_RUNS = 3
"""Before a recording: libraries choose their kernels, and set aside what they need."""


class _Recorded(NamedTuple):
    again: Callable[[], None]
    answers: Tensor
    loss: Tensor


class RecordedLessons:
    """Lessons whose tensors stay where they are: the batch and a larger subnet's answers are copied in.

    The largest and the smallest subnet are recorded as they are, all others as masks on the SuperNet, once for each
    resolution.
    """

    def __init__(self, lesson: Lesson, record: Record) -> None:
        self._lesson, self._record, self._net = lesson, record, lesson.net
        self._parameters = dict(self._net.named_parameters())
        self._gradients = {name: torch.zeros_like(p) for name, p in self._parameters.items()}
        self._used = set[str]()
        self._recordings: dict[tuple[object, ...], _Recorded] = {}
        self._kept: tuple[Batch, Augmentation] | None = None
        self._larger: Tensor | None = None
        self._mask = Mask.nothing(self._net.space, self._net.device) if isinstance(self._net, SuperNet) else None

    def begin(self, batch: Batch, how: Augmentation) -> None:
        if self._kept is None or self._kept[1] != how or _shapes(self._kept[0]) != _shapes(batch):
            self._recordings, self._larger = {}, None
            images, targets, *view = (tensor.clone() for tensor in _tensors(batch))
            self._kept = Batch(images, targets, View(*view)), how
        for kept, new in zip(_tensors(self._kept[0]), _tensors(batch), strict=True):
            kept.copy_(new)
        torch._foreach_zero_(list(self._gradients.values()))
        self._used = set()
        for name, parameter in self._parameters.items():
            parameter.grad = self._gradients[name]

    def teach(self, subnet: Subnet, larger: Tensor | None = None, learns: bool = True) -> tuple[Tensor, Tensor]:
        masks = isinstance(self._net, SuperNet) and not _recurs(self._net, subnet)
        if masks and self._mask is not None:
            self._mask.take(Mask.of(self._net.space, subnet))
        if larger is not None:
            self._larger = torch.empty_like(larger) if self._larger is None else self._larger
            self._larger.copy_(larger)
        key = (subnet.resolution if masks else subnet, larger is None, learns)
        if key not in self._recordings:
            run = self._masked(subnet.resolution) if masks else self._lesson.run_of(subnet)
            imitated = None if larger is None else self._larger
            self._recordings[key] = self._recording(run, subnet.resolution, imitated, learns)
        recorded = self._recordings[key]
        recorded.again()
        if learns:
            self._used |= self._used_by(subnet)
        return recorded.answers.clone(), recorded.loss.clone()  # the next one may be at the same place

    def end(self) -> None:
        for name, parameter in self._parameters.items():
            if name not in self._used:
                parameter.grad = None

    def _recording(self, run: Runs, size: int, larger: Tensor | None, learns: bool) -> _Recorded:
        """Gradients are afterwards what they were before."""
        assert self._kept is not None
        (batch, how), gradients = self._kept, list(self._gradients.values())
        kept: list[Tensor] = []

        def lesson() -> None:
            found = self._lesson.teach(run, batch, size, how, larger, learns)
            kept.extend(torch.empty_like(tensor) for tensor in found[len(kept) :])
            torch._foreach_copy_(kept, list(found))

        before = [gradient.clone() for gradient in gradients]
        again = self._record(lesson)
        torch._foreach_copy_(gradients, before)
        return _Recorded(again, *kept)

    def _used_by(self, subnet: Subnet) -> set[str]:
        return parameters_used(self._net, subnet) if isinstance(self._net, SuperNet) else set(self._gradients)

    def _masked(self, resolution: int) -> Runs:
        net, mask, normalise = self._net, self._mask, self._lesson.engine.normalise
        assert isinstance(net, SuperNet) and mask is not None
        return lambda x: run_masked(net, x, resolution, mask, normalise)


def lessons_for(lesson: Lesson) -> Lessons:
    """Recorded where one process trains on a GPU, operation by operation elsewhere."""
    records = lesson.engine.device.type == "cuda" and lesson.engine.processes == 1
    return RecordedLessons(lesson, CudaGraphs()) if records else PlainLessons(lesson)


class CudaGraphs:
    """Records CUDA graphs that run one after another, and so share a stream and the memory of what they compute; what
    is to outlive a replay has to be allocated before the recording, by the runs that warm up."""

    def __init__(self) -> None:
        self._beside, self._recorded = torch.cuda.Stream(), weakref.WeakSet[torch.cuda.CUDAGraph]()

    def __call__(self, lesson: Callable[[], None]) -> Callable[[], None]:
        """Does it some times, then records it; what it does to tensors is done when it is replayed."""
        here = torch.cuda.current_stream()
        self._beside.wait_stream(here)
        with torch.cuda.stream(self._beside):
            for _ in range(_WARM_RUNS):
                lesson()
        here.wait_stream(self._beside)
        graph, pool = torch.cuda.CUDAGraph(), next((other.pool() for other in self._recorded), None)
        # Only this thread is held to what may be recorded: another one may pin the memory of the next batches.
        with torch.cuda.graph(graph, pool, self._beside, capture_error_mode="thread_local"):
            lesson()
        self._recorded.add(graph)
        return graph.replay


def _recurs(net: SuperNet, subnet: Subnet) -> bool:
    """Whether it is one of those that learn in every step of the sandwich rule."""
    return subnet.groups in (net.space.largest.groups, net.space.smallest.groups)


def _tensors(batch: Batch) -> tuple[Tensor, ...]:
    return batch.images, batch.targets, *batch.view


def _shapes(batch: Batch) -> list[torch.Size]:
    return [tensor.shape for tensor in _tensors(batch)]
