"""What the searches of table 3 come to: which subnet each method would hand over, and the best that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from table3_answers import Answers
from table3_handover import HandedOver
from table3_methods import OURS
from table3_records import ALL, Cell, Record, Row

from facefit.space.population import Genes

REFERENCE, MEASURED = "reference", "ours, finalists measured"


@dataclass(frozen=True)
class Results:
    """All searches, and the true accuracies of what they found.

    `handed_over` is what a timing of finalists made of a search; where there was none, its first stands. `judged_ms`
    are milliseconds by profile and genes of a timing after the choice, which says whether limits are kept.
    """

    records: Mapping[Cell, Record]
    on_search: Answers
    on_second: Answers
    handed_over: Mapping[Cell, HandedOver] = field(default_factory=dict)
    judged_ms: Mapping[tuple[str, bytes], float] = field(default_factory=dict)

    def candidates(self) -> Genes:
        """What is measured on the search split first: each method's first, all finalists of ours and references."""
        return np.concatenate([self._measured(record) for record in self.records.values()])

    def chosen(self) -> Genes:
        """What is measured on both splits."""
        handed_over = [genes for found in self.rows().values() for genes in found.values()]
        references = [self.in_order(cell)[0] for cell in self.records if cell.row.method == REFERENCE]
        return np.stack(handed_over + references)

    def finalists(self) -> dict[Cell, Genes]:
        """What each search offers, best first: by its own ranking, and those of ours by measured accuracy as well."""
        found: dict[Cell, Genes] = {}
        for cell, record in self.records.items():
            row = cell.row
            if row.method != REFERENCE:
                found[cell] = record.genes
            if has_measured_finalists(row):
                found[Cell(replace(row, method=MEASURED), cell.seed)] = self.in_order(cell)
        return found

    def rows(self) -> dict[Row, dict[int, Genes]]:
        """What is handed over, by row of the table and seed."""
        found: dict[Row, dict[int, Genes]] = {}
        for cell, ordered in self.finalists().items():
            given = self.handed_over.get(cell)
            found.setdefault(cell.row, {})[cell.seed] = given.genes if given else ordered[0]
        return found

    def record(self, row: Row, seed: int) -> Record:
        """The search behind a row's seed."""
        method = OURS if row.method == MEASURED else row.method
        return self.records[Cell(Row(row.profile, row.limit, row.share, method, row.labels), seed)]

    def in_order(self, cell: Cell) -> Genes:
        """The finalists, most accurate on the search split first; equal ones as the search had them."""
        genes = self.records[cell].genes
        ordered: Genes = genes[np.argsort(-self.on_search.percent(genes), kind="stable")]
        return ordered

    def reference(self, profile: str, limit: str) -> Genes:
        """The best of the long reference search."""
        best: Genes = self.in_order(Cell(Row(profile, limit, 1.0, REFERENCE), 0))[0]
        return best

    def best_known(self, profile: str, limit: str) -> float:
        """Greatest accuracy on the search split of all subnets that were measured for the limit, percent."""
        known = [self._measured(r) for cell, r in self.records.items() if _is_for(cell, profile, limit)]
        known += [given.genes[None] for cell, given in self.handed_over.items() if _is_for(cell, profile, limit)]
        return float(self.on_search.percent(np.concatenate(known)).max())

    def _measured(self, record: Record) -> Genes:
        whole = record.cell.row.method == REFERENCE or has_measured_finalists(record.cell.row)
        return record.genes if whole else record.genes[:1]


def _is_for(cell: Cell, profile: str, limit: str) -> bool:
    return (cell.row.profile, cell.row.limit) == (profile, limit)


def has_measured_finalists(row: Row) -> bool:
    """Whether all finalists of a row's searches are measured: where all labels were learnt from, for it takes long."""
    return row.method == OURS and row.labels == ALL and row.share == 1.0
