"""Lessons that are recorded and replayed leave the gradients of plain ones. Where there is no GPU, each replay is the
lesson itself: what is copied where, and which gradients there are, is the same."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from spaces import tiny_space

from facefit.space import SearchSpace, mobilefacenet
from facefit.supernet.network import SuperNet
from facefit.training.engine import start_engine
from facefit.training.feed import Sample
from facefit.training.heads import make_head
from facefit.training.lessons import Lesson, PlainLessons
from facefit.training.recipe import ArcFaceSettings, Augmentation, HeadSettings, Phase, SoftmaxSettings, TaughtSettings
from facefit.training.recorded import CudaGraphs, Record, RecordedLessons
from facefit.training.sandwich import Sandwich

KERNELS = Phase(epochs=1, resolutions=(24,), largest="never", smallest=False, random=1, random_expand=False, batch=16)
ALTERNATE = Phase(epochs=1, resolutions=(24, 32), largest="alternate", random=1, batch=16)
WHOLE = Phase(epochs=1, resolutions=(24, 32), random=3, batch=16)
PHASES = (
    KERNELS,
    ALTERNATE,
    WHOLE,
    WHOLE.model_copy(update={"augmentation": Augmentation(rotation_degrees=40)}),
    WHOLE.model_copy(update={"batch": 8}),
)
SPACES = {"squeezing": tiny_space(), "mobilefacenet": mobilefacenet(0.25, (24, 32), 16)}
HEADS: dict[str, HeadSettings] = {
    "softmax": SoftmaxSettings(),
    "arcface": ArcFaceSettings(kind="arcface", scale=30),
    "taught": TaughtSettings(kind="taught", anchors=16),
}
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU here")


class Repeats:
    """In a graph's place: runs a lesson before it is recorded, as warming up does, and counts."""

    def __init__(self) -> None:
        self.recordings, self.replays = 0, 0

    def __call__(self, lesson: Callable[[], None]) -> Callable[[], None]:
        self.recordings += 1
        lesson()

        def again() -> None:
            self.replays += 1
            lesson()

        return again


class Both:
    """The same steps, plain and recorded, on one network."""

    def __init__(
        self, space: SearchSpace, head: HeadSettings, precision: str, accelerator: str, record: Record
    ) -> None:
        torch.manual_seed(0)
        self.engine = start_engine(precision=precision, accelerator=accelerator)
        self.width = space.feature_width if head.kind == "taught" else 3
        self.net = SuperNet(space, 0 if head.kind == "taught" else 3, shortcut_gain=1.0).to(self.engine.device)
        made = make_head(head, F.normalize(torch.randn(16, self.width)).to(self.engine.device))
        made.settle(self.net.classifier)
        lesson = Lesson(self.net, made, 0.5, self.engine)
        lessons = PlainLessons(lesson), RecordedLessons(lesson, record)
        self.steps = [Sandwich(self.net, each, self.engine) for each in lessons]

    def take(self, phase: Phase, number: int) -> list[tuple[list[float], dict[str, torch.Tensor]]]:
        """Losses and gradients of either."""
        images = torch.randint(256, (phase.batch, 3, 24, 24), dtype=torch.uint8)
        targets = torch.randn(phase.batch, self.width).softmax(1)
        sample = Sample(images.to(self.engine.device), targets.to(self.engine.device), {})
        found = []
        for step in self.steps:
            losses = step(phase, number, sample, np.random.default_rng(number))
            found.append((losses, {n: p.grad.clone() for n, p in self.net.named_parameters() if p.grad is not None}))
        return found


def check_alike(both: Both, tolerance: float) -> None:
    for phase in PHASES:
        for number in range(2):
            (expected, wanted), (losses, found) = both.take(phase, number)
            assert losses == pytest.approx(expected, rel=tolerance)
            assert {n for n in found if "classifier" not in n} == {n for n in wanted if "classifier" not in n}
            length = torch.cat([gradient.flatten() for gradient in wanted.values()]).norm().item()
            for name, gradient in found.items():
                apart = (gradient - wanted[name]).norm() if name in wanted else gradient.norm()
                assert apart.item() < tolerance * length, (name, phase, number)


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_replayed_lessons_leave_the_gradients_of_plain_ones(space: SearchSpace, head: HeadSettings) -> None:
    record = Repeats()
    check_alike(Both(space, head, "32-true", "cpu", record), 1e-3)
    # masks; largest that learns and that does not, smallest, masks at two sizes; the same without the second, thrice
    assert record.recordings <= 1 + 5 + 3 * 4 and record.replays > record.recordings


@needs_gpu
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_cuda_graphs_leave_the_gradients_of_plain_lessons(
    space: SearchSpace, head: HeadSettings, precision: str
) -> None:
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        check_alike(Both(space, head, precision, "gpu", CudaGraphs()), 5e-3 if precision == "32-true" else 0.2)


def test_what_is_recorded_stays_where_it_is() -> None:
    """A graph knows places, not tensors."""
    places = list[tuple[int, ...]]()

    def record(lesson: Callable[[], None]) -> Callable[[], None]:
        lesson()
        return lesson

    both = Both(SPACES["squeezing"], HEADS["softmax"], "32-true", "cpu", record)
    for number in range(4):
        both.take(WHOLE, number)
        kept = both.net.stem.conv.weight.grad
        assert kept is not None
        places.append((kept.data_ptr(), both.net.stem.conv.weight.data_ptr()))
    assert len(set(places)) == 1
