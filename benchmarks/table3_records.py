"""What table 3 keeps of its searches, so that a run goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from kept_lines import KeptLines

from facefit.space.population import Genes

ALL = "all"
"""Labels that no plan was singled out of."""


@dataclass(frozen=True)
class Row:
    """A row of the table: which method on which part of the labels, for which profile and limit."""

    profile: str
    limit: str
    share: float
    method: str
    labels: str = ALL


@dataclass(frozen=True)
class Cell:
    """One search: a row's, with a seed."""

    row: Row
    seed: int


@dataclass(frozen=True)
class Record:
    """What a search found: finalists best first, as lists of genes, and how long it took.

    `profile` is the fingerprint of the latencies that were searched with.
    """

    cell: Cell
    profile: str
    limit_ms: float
    finalists: tuple[tuple[int, ...], ...]
    seconds: float
    fit_seconds: float
    helped: bool

    @property
    def genes(self) -> Genes:
        return np.array(self.finalists, np.uint8)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record:
        cell = Cell(Row(**data["cell"]["row"]), data["cell"]["seed"])
        return cls(**{**data, "cell": cell, "finalists": tuple(tuple(genes) for genes in data["finalists"])})


class Searches:
    """Searches on disk, those of them that hold for the profiles as they are now.

    `basis` says what all come from; `profiles` are fingerprints by name. What was searched with an older measurement of
    a profile is searched anew. Raises `ArtifactError` if the file comes from another basis.
    """

    def __init__(self, path: Path, basis: Mapping[str, Any], profiles: Mapping[str, str]) -> None:
        self._lines = KeptLines(path, basis, "searches")
        found = {record.cell: record for record in map(Record.from_json, self._lines.rows)}
        self.records = {cell: r for cell, r in found.items() if profiles.get(cell.row.profile) == r.profile}
        known = {r.profile for r in self.records.values()}
        for name in sorted({c.row.profile for c in found.keys() - self.records.keys() if c.row.profile in profiles}):
            if profiles[name] not in known:
                print(f"{name} was measured anew since; its searches are made again", file=sys.stderr)

    def add(self, record: Record) -> None:
        self._lines.add(asdict(record))
        self.records[record.cell] = record

    def of(self, cells: Iterable[Cell]) -> dict[Cell, Record]:
        """Those that are asked for now; the file may hold others."""
        return {cell: self.records[cell] for cell in cells}
