"""Lessons that are recorded and replayed teach what plain ones do. A GPU records; what stays where, and which gradients
there are, is the same where each replay is the lesson itself."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from spaces import tiny_space

from facefit.space import mobilefacenet
from facefit.supernet.network import SuperNet
from facefit.training.engine import start_engine
from facefit.training.feed import Sample
from facefit.training.heads import SoftmaxHead
from facefit.training.lessons import Lesson, PlainLessons
from facefit.training.recipe import Augmentation, Phase
from facefit.training.recorded import RecordedLessons
from facefit.training.sandwich import Sandwich

KERNELS = Phase(epochs=1, resolutions=(24,), largest="never", smallest=False, random=1, random_expand=False, batch=16)
ALTERNATE = Phase(epochs=1, resolutions=(24, 32), largest="alternate", random=1, batch=16)
WHOLE = Phase(epochs=1, resolutions=(24, 32), random=3, batch=8, augmentation=Augmentation(rotation_degrees=40))
SPACES = {"squeezing": tiny_space(), "mobilefacenet": mobilefacenet(0.25, (24, 32), 16)}


class Recorder:
    """In a GPU's place: runs a lesson before it is recorded, as warming up does, and counts."""

    def __init__(self) -> None:
        self.recordings, self.replays = 0, 0

    def __call__(self, lesson: Callable[[], None]) -> Callable[[], None]:
        self.recordings += 1
        lesson()

        def again() -> None:
            self.replays += 1
            lesson()

        return again


def sandwich(net: SuperNet, record: Recorder | None) -> Sandwich:
    engine = start_engine(accelerator="cpu")
    lesson = Lesson(net, SoftmaxHead(), 0.5, engine)
    return Sandwich(net, RecordedLessons(lesson, record) if record else PlainLessons(lesson), engine)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_replayed_lessons_leave_the_gradients_of_plain_ones(space) -> None:
    torch.manual_seed(0)
    net, record = SuperNet(space, 3, shortcut_gain=1.0), Recorder()
    plain, replayed = sandwich(net, None), sandwich(net, record)
    for phase in (KERNELS, ALTERNATE, WHOLE):
        for number in range(4):
            images = torch.randint(256, (phase.batch, 3, 24, 24), dtype=torch.uint8)
            sample = Sample(images, torch.rand(phase.batch, 3).softmax(1), {})
            told, gradients = [], []
            for step in (plain, replayed):
                told.append(step(phase, number, sample, np.random.default_rng(number)))
                gradients.append({n: p.grad.clone() for n, p in net.named_parameters() if p.grad is not None})
            assert told[1] == pytest.approx(told[0], rel=1e-4)
            wanted, found = gradients
            assert found.keys() == wanted.keys()
            length = torch.cat([gradient.flatten() for gradient in wanted.values()]).norm().item()
            for name, gradient in wanted.items():
                assert (found[name] - gradient).norm().item() < 1e-4 * length, name
    # a random subnet's masks; largest that learns, largest that does not, smallest, masks at two sizes; again, without
    assert record.recordings <= 1 + 5 + 4 and record.replays > 2 * record.recordings
