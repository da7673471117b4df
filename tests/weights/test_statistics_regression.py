"""What the batch-norm statistics of a layer are predicted from."""

from __future__ import annotations

import numpy as np
import pytest
from spaces import tiny_space

from facefit.space.population import encode
from facefit.weights.statistics_regression import features

SPACE = tiny_space()


def changed_at(position: int, gene: int) -> np.ndarray:
    """The largest subnet, and the same with another choice at a position (0: skipped)."""
    (largest,) = encode(SPACE, [SPACE.largest])
    other = largest.copy()
    other[1 + position] = gene
    return np.stack([largest, other])


@pytest.mark.parametrize("gene", [0, 1])
@pytest.mark.parametrize("position", range(1, SPACE.positions))
def test_a_layer_knows_the_block_before_it(position: int, gene: int) -> None:
    """Also where that is the last one of the group before."""
    one, other = features(SPACE, changed_at(position - 1, gene), position)
    assert (one != other).any()


def test_head_knows_the_last_block_and_nothing_knows_what_comes_after() -> None:
    last = SPACE.positions - 1
    one, other = features(SPACE, changed_at(last, 1), None)
    assert (one != other).any()
    for position in range(last):
        one, other = features(SPACE, changed_at(position + 1, 1), position)
        assert (one == other).all()
