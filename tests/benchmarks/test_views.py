"""What learns from one view sees that view alone, and is looked up as everybody is."""

from pathlib import Path

import numpy as np
import pytest
from views import in_view

from facefit.cli.faces import read_parts
from facefit.cli.people import read_people_parts
from facefit.errors import InputError


@pytest.mark.usefixtures("kept_detections")
def test_one_view_is_half_of_the_pictures_and_the_search_split_stays(people: Path) -> None:
    both = read_people_parts(people, 32)
    assert in_view(both, None) is both
    aligned, cropped = in_view(both, "aligned"), in_view(both, "cropped")
    for part in ("learning", "calibration"):
        whole, halves = getattr(both, part), [getattr(parts, part) for parts in (aligned, cropped)]
        for view, half in zip(("aligned", "cropped"), halves, strict=True):
            assert half.names == tuple(name for name in whole.names if name.endswith(f"#{view}"))
        assert sum(map(len, halves)) == len(whole)
        assert not np.array_equal(halves[0].images[0], halves[1].images[0])
    assert aligned.search_split is both.search_split


def test_expressions_have_no_views(ferplus: Path) -> None:
    with pytest.raises(InputError, match=r"--view is for people.*leave it out"):
        in_view(read_parts(ferplus, 32), "aligned")
