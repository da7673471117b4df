"""How far a training has come is told by its work: steps of different phases do not cost the same."""

from __future__ import annotations

import pytest

from facefit.space import Subnet, ofa_mbv3
from facefit.training.checkpoint import Progress
from facefit.training.compute import Compute, macs_of, macs_per_image
from facefit.training.recipe import Phase, Recipe

SPACE = ofa_mbv3(1.0, (32, 64))
LARGEST_ALONE = Phase(epochs=2, batch=8, resolutions=(64,), smallest=False, random=0)
SANDWICH = Phase(epochs=1, batch=4, resolutions=(32, 64), random=1)


def test_the_largest_subnet_alone_costs_a_forward_and_two_products_backwards() -> None:
    assert macs_per_image(SPACE, LARGEST_ALONE) == 3 * macs_of(SPACE, SPACE.largest)


@pytest.mark.parametrize(("largest", "times"), [("every", 3), ("alternate", 2), ("never", 0)])
def test_a_teacher_that_does_not_learn_costs_its_forward_pass(largest: str, times: int) -> None:
    phase = Phase.model_validate({**LARGEST_ALONE.model_dump(), "largest": largest, "smallest": True})
    smallest = macs_of(SPACE, Subnet(SPACE.smallest.groups, 64))
    assert macs_per_image(SPACE, phase) == times * macs_of(SPACE, SPACE.largest) + 3 * smallest


def test_what_lies_behind_grows_with_each_step_to_the_whole() -> None:
    compute = Compute(SPACE, Recipe(resolutions=(32, 64), phases=(LARGEST_ALONE, SANDWICH)), images=17)
    states = [Progress(0, 0), Progress(0, 1), Progress(0, 4), Progress(1, 0), Progress(1, 4), Progress(2, 0)]
    done = [compute.done(state) for state in states]
    assert done[0] == 0
    assert done[2] == pytest.approx(4 * done[1])
    assert done[3] == done[2]  # the end of a phase is the beginning of the next
    assert done[3] == 2 * 2 * 8 * macs_per_image(SPACE, LARGEST_ALONE)
    assert done[4] - done[3] == pytest.approx(4 * 4 * macs_per_image(SPACE, SANDWICH))
    assert done[5] == done[4] == compute.total
