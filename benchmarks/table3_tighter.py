"""Searches of table 3 within tighter limits than were asked for, which only some cells come to need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from kept_lines import KeptLines
from table3_methods import OURS, Search
from table3_records import Cell
from table3_results import MEASURED, Results
from table3_runs import Course, Devices

from facefit.errors import LimitError
from facefit.labels.store import Labels
from facefit.space.population import Genes

_Key = tuple[str, str, float, str, str, int, float]


class TighterSearches:
    """What a cell's method finds within another limit: learnt anew where it has to be, and kept on disk.

    `basis` says what searches come from. Rows whose finalists are measured have those measured, and the most accurate
    first.
    """

    def __init__(
        self,
        courses: Sequence[Course],
        labels: Labels,
        devices: Devices,
        path: Path,
        basis: Mapping[str, Any],
        most: int,
    ) -> None:
        self._courses = {(c.method, c.share, c.labels, c.seed): c for c in courses}
        self.space, self._labels, self._devices, self._most = labels.space, labels, devices, most
        self._learnt: dict[tuple[str, float, str, int], Search] = {}
        self._lines = KeptLines(path, basis, "tighter searches")
        self._found: dict[_Key, Genes] = {
            tuple(row["key"]): np.array(row["finalists"], np.uint8).reshape(-1, 1 + labels.space.positions)
            for row in self._lines.rows
        }

    def finalists(self, results: Results, cell: Cell, limit_ms: float) -> Genes:
        """Best first, at most so many as any search of the run keeps; none where no subnet keeps the limit."""
        own = replace(cell, row=replace(cell.row, method=OURS)) if cell.row.method == MEASURED else cell
        if limit_ms == results.record(own.row, own.seed).limit_ms:
            genes = results.records[own].genes
        else:
            genes = self._within(own, limit_ms)
        if cell.row.method != MEASURED or not len(genes):
            return genes
        results.on_search.measure(genes, lambda done, of: None)
        return genes[np.argsort(-results.on_search.percent(genes), kind="stable")]

    def _within(self, cell: Cell, limit_ms: float) -> Genes:
        row, profile = cell.row, self._devices.fingerprints[cell.row.profile]
        key = (profile, row.limit, row.share, row.method, row.labels, cell.seed, limit_ms)
        if key not in self._found:
            latency = self._devices.profiles[row.profile].latency(self._labels.space)
            try:
                genes = self._search(cell)(latency, limit_ms, cell.seed).finalists[: self._most]
            except LimitError:
                genes = np.zeros((0, 1 + self._labels.space.positions), np.uint8)
            self._lines.add({"key": key, "finalists": genes.tolist()})
            self._found[key] = genes
        return self._found[key]

    def _search(self, cell: Cell) -> Search:
        course = cell.row.method, cell.row.share, cell.row.labels, cell.seed
        if course not in self._learnt:
            self._learnt[course] = self._courses[course].learn()
        return self._learnt[course]
