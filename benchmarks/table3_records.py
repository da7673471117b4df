"""What table 3 keeps on disk, so that a run goes on: searches, and true accuracies of what they found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from facefit.faces.dataset import CALIBRATION_IMAGES, LabelledFaces, in_search_split
from facefit.faces.ferplus import load_ferplus
from facefit.labels.labelling import Progress, Spread, label_subnets, labels_of
from facefit.labels.plans import GivenSubnets
from facefit.labels.workers import Work
from facefit.space.population import Genes
from facefit.supernet.network import SuperNet


@dataclass(frozen=True)
class Cell:
    """One search: which method on which share of the labels, for which profile, limit and seed."""

    method: str
    share: float
    profile: str
    limit: str
    seed: int


@dataclass(frozen=True)
class Record:
    """What a search found: finalists best first, as lists of genes, and how long it took."""

    cell: Cell
    limit_ms: float
    finalists: tuple[tuple[int, ...], ...]
    seconds: float
    fit_seconds: float
    helped: bool

    @property
    def genes(self) -> Genes:
        return np.array(self.finalists, np.uint8)


class Searches:
    """A file of one JSON line a search; a line that was cut off is made anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.records: dict[Cell, Record] = {}
        whole = ""
        for line in path.read_text().splitlines(keepends=True) if path.exists() else []:
            try:
                data = json.loads(line)
            except ValueError:
                continue
            whole += line if line.endswith("\n") else f"{line}\n"
            finalists = tuple(tuple(row) for row in data["finalists"])
            record = Record(**data | {"cell": Cell(**data["cell"]), "finalists": finalists})
            self.records[record.cell] = record
        path.write_text(whole)

    def add(self, record: Record) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(record)) + "\n")
        self.records[record.cell] = record


class TrueAccuracies:
    """Accuracy of subnets on one set of photos, with recalibrated statistics, kept in a label file."""

    def __init__(self, work: Work, path: Path, spread: Spread) -> None:
        self._work, self._path, self._spread = work, path, spread
        self._labels = labels_of(work, path)

    @property
    def n(self) -> int:
        return self._labels.n

    def measure(self, genes: Genes, progress: Progress) -> None:
        missing = self._labels.missing(np.unique(genes, axis=0))
        total = len(self._labels) + len(missing)
        plan = GivenSubnets(missing)
        self._labels = label_subnets(self._work, plan, total, self._path, spread=self._spread, progress=progress)

    def of(self, rows: Iterable[Genes]) -> list[float]:
        """Percent, for each row of genes."""
        known = dict(zip(map(bytes, self._labels.genes), self._labels.accuracy.tolist(), strict=True))
        return [100 * known[bytes(row)] for row in rows]


def ferplus_work(net: SuperNet, folder: Path, images: int | None, memory_bytes: float | None) -> tuple[Work, Work]:
    """Work on the search split, and on FER2013Valid, on which nothing was selected; calibrated on the same photos.

    `images` takes the first of each set only, for trials.
    """
    decided, search_split = load_ferplus(folder, "train", "majority").split(in_search_split)
    drawn = np.random.default_rng(0).permutation(len(decided))[:CALIBRATION_IMAGES]
    calibration = decided.where(np.isin(np.arange(len(decided)), drawn))
    sets = calibration, search_split, load_ferplus(folder, "valid", "majority")
    calibration, search_split, second = (_first(faces, images) for faces in sets)
    work = Work(net, calibration, search_split, memory_bytes)
    return work, replace(work, search_split=second)


def _first(faces: LabelledFaces, images: int | None) -> LabelledFaces:
    return faces if images is None else faces.where(np.arange(len(faces)) < images)
