"""Searches of table 3 that some cells need within tighter limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from device_profiles import made_up_profile
from spaces import tiny_space
from table3_methods import by_evolution
from table3_records import ALL, Cell, Record, Row
from table3_results import MEASURED, Results
from table3_runs import Devices, courses_of_methods
from table3_tighter import TighterSearches

from facefit.comparator import ByAccuracy, RidgeSurrogate
from facefit.errors import ArtifactError
from facefit.labels.store import Labels
from facefit.search import EvolutionSettings
from facefit.space.population import Genes, sample

SPACE = tiny_space()
PROFILE = made_up_profile(SPACE)
LATENCY = PROFILE.latency(SPACE)
LIMIT_MS = float(np.median(LATENCY.of(sample(SPACE, 200, np.random.default_rng(0)))))
DEVICES = Devices({"here": PROFILE}, {"here": "p"}, [f"{LIMIT_MS}ms"])
CELL = Cell(Row("here", DEVICES.limits[0], 1.0, "ours"), 1)


class SmallFirst:
    """True accuracies that fall with the sum of the genes; remembers what was measured."""

    def __init__(self) -> None:
        self.measured: list[bytes] = []

    def measure(self, genes: Genes, progress: Any) -> None:
        self.measured += map(bytes, genes)

    def percent(self, genes: Genes) -> np.ndarray:
        assert {bytes(row) for row in genes} <= set(self.measured)
        return -genes.sum(axis=1, dtype=float)


def labelled() -> Labels:
    genes = np.unique(sample(SPACE, 80, np.random.default_rng(1)), axis=0)
    return Labels.empty(SPACE, 1000, "noise-search", "noise").merged(genes, genes.sum(axis=1, dtype=int), "uniform")


def results_of(genes: Genes) -> Results:
    rows = tuple(map(tuple, genes.tolist()))
    answers: Any = SmallFirst()
    answers.measure(genes, None)
    return Results({CELL: Record(CELL, "p", LIMIT_MS, rows, 1.0, 1.0, False)}, answers, answers)


def searches(path: Path, learnt: list[int], basis: str = "these") -> TighterSearches:
    settings = EvolutionSettings(population=48, parents=12, generations=6)
    own = by_evolution(lambda x, rng: ByAccuracy(RidgeSurrogate.fit(x.space, x.genes, x.accuracy, rng)), settings)

    def counted(labels: Labels, seed: int) -> Any:
        learnt.append(seed)
        return own(labels, seed)

    courses = courses_of_methods({"ours": counted}, labelled(), [1.0], 2)
    return TighterSearches(courses, labelled(), DEVICES, path, {"from": basis}, 6)


def test_a_tighter_search_is_of_the_same_fit_kept_and_within_its_limit(tmp_path: Path) -> None:
    known, learnt = sample(SPACE, 3, np.random.default_rng(2)), [0][:0]
    results, tighter = results_of(known), searches(tmp_path / "tighter.jsonl", learnt)
    assert np.array_equal(tighter.finalists(results, CELL, LIMIT_MS), known) and learnt == []
    found = {share: tighter.finalists(results, CELL, share * LIMIT_MS) for share in (0.95, 0.9)}
    assert all(0 < len(genes) <= 6 and LATENCY.of(genes).max() <= s * LIMIT_MS for s, genes in found.items())
    assert learnt == [1]  # once, with the seed of the cell
    least = LATENCY.of(sample(SPACE, 2000, np.random.default_rng(3))).min()
    assert tighter.finalists(results, CELL, 0.2 * least).shape == (0, 1 + SPACE.positions)
    later = searches(tmp_path / "tighter.jsonl", learnt)
    assert np.array_equal(later.finalists(results, CELL, 0.9 * LIMIT_MS), found[0.9])
    assert len(later.finalists(results, CELL, 0.2 * least)) == 0 and learnt == [1]
    with pytest.raises(ArtifactError, match="tighter searches"):
        searches(tmp_path / "tighter.jsonl", learnt, "others")


def test_measured_finalists_of_a_tighter_search_are_measured_as_well(tmp_path: Path) -> None:
    results, tighter = results_of(sample(SPACE, 3, np.random.default_rng(2))), searches(tmp_path / "t.jsonl", [])
    measured = Cell(Row("here", CELL.row.limit, 1.0, MEASURED, ALL), 1)
    sums = tighter.finalists(results, measured, 0.9 * LIMIT_MS).sum(axis=1, dtype=int)
    assert len(sums) > 1 and (np.diff(sums) >= 0).all()
    plain = tighter.finalists(results, CELL, 0.9 * LIMIT_MS).sum(axis=1, dtype=int)
    assert sorted(plain.tolist()) == sums.tolist() and plain[0] == plain.max()
