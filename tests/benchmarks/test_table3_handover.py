"""The rule by which every method of table 3 hands over one of its finalists."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from spaces import tiny_space
from table3_handover import Clocks, handed_over

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
        ([1.1] * 4 + [0.9], [0.9] * 5, 0, False),  # a fifth is not timed
    ],
)
def test_the_first_that_keeps_the_limit_twice_is_handed_over(
    first: list[float], again: list[float], expected: int, kept: bool
) -> None:
    number = {bytes(genes): i for i, genes in enumerate(GENES)}
    asked: list[int] = []

    def clock(ms: list[float]) -> Callable[[Genes], np.ndarray]:
        def time(several: Genes) -> np.ndarray:
            asked.append(len(several))
            return np.array([ms[number[bytes(genes)]] for genes in several])

        return time

    def finalists(limit_ms: float) -> Genes:
        return GENES[: len(first) if limit_ms == 1.0 else 0]  # nothing keeps a tighter limit

    given = handed_over(finalists, 1.0, Clocks(clock([1.0] * 6), clock(first), clock(again)))
    assert (number[bytes(given.genes)], given.kept) == (expected, kept)
    assert max(asked) <= 4 and asked[0] == min(len(first), 4)


@pytest.mark.parametrize(("slowdown", "last"), [(1.2, 1 / 1.2), (1.001, 0.99**3)])
def test_where_none_keeps_it_the_search_runs_again_as_much_more_tightly_as_was_measured(
    slowdown: float, last: float
) -> None:
    predicted = dict(zip(map(bytes, GENES), [1.0, 0.99, 0.95, 0.9, 0.8, 0.7], strict=True))
    limits: list[float] = []

    def finalists(limit_ms: float) -> Genes:
        limits.append(limit_ms)
        return GENES[[predicted[bytes(genes)] <= limit_ms for genes in GENES]][:1]

    def foretold(several: Genes) -> np.ndarray:
        return np.array([predicted[bytes(genes)] for genes in several])

    def late(several: Genes) -> np.ndarray:
        return slowdown * foretold(several)

    given = handed_over(finalists, 1.0, Clocks(foretold, late, lambda several: np.full(len(several), 1.0)))
    assert given.kept and slowdown * predicted[bytes(given.genes)] <= 1.0 and limits[0] == 1.0
    assert limits[-1] == pytest.approx(last, abs=0.02) and len(limits) <= 4
    never = handed_over(finalists, 1.0, Clocks(foretold, lambda several: 9 * foretold(several), late))
    assert not never.kept
