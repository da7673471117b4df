"""The rule by which every method of table 3 hands over one of its finalists."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from spaces import tiny_space
from table3_handover import handed_over

from facefit.space.population import Genes, sample

GENES = np.unique(sample(tiny_space(), 40, np.random.default_rng(0)), axis=0)[:6]


@pytest.mark.parametrize(
    ("first", "again", "expected", "kept"),
    [
        ([1.0, 1.0], [1.03, 0.9], 0, True),
        ([1.1, 0.9, 1.0], [0.9, 0.9, 0.9], 1, True),
        ([0.9, 0.9, 1.0], [1.1, 1.2, 0.9], 2, True),
        ([1.1, 0.9, 1.0], [0.9, 1.2, 1.1], 1, False),  # its first choice stands
        ([1.3, 1.2, 1.1], [0.9, 0.9, 0.9], 2, False),  # the fastest
        ([1.1] * 4 + [0.9], [1.0] * 5, 4, True),
    ],
)
def test_the_first_that_keeps_the_limit_twice_is_handed_over(
    first: list[float], again: list[float], expected: int, kept: bool
) -> None:
    ordered = GENES[: len(first)]
    number = {bytes(genes): i for i, genes in enumerate(ordered)}
    asked: list[int] = []

    def clock(ms: list[float]) -> Callable[[Genes], np.ndarray]:
        def time(several: Genes) -> np.ndarray:
            asked.append(len(several))
            return np.array([ms[number[bytes(genes)]] for genes in several])

        return time

    given = handed_over(ordered, 1.0, clock(first), clock(again))
    assert (number[bytes(given.genes)], given.kept) == (expected, kept)
    assert max(asked) <= 4 and (len(first) > 4 or asked[0] == len(first))
