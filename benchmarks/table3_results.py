"""What the searches of table 3 come to: which subnet each method would hand over, and the best that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from table3_answers import Answers
from table3_methods import OURS
from table3_records import ALL, Cell, Record, Row

from facefit.space.population import Genes

REFERENCE, MEASURED = "reference", "ours, finalists measured"


@dataclass(frozen=True)
class Results:
    """All searches, and the true accuracies of what they found.

    Milliseconds by profile and genes, where they were measured: `latencies` are what finalists are chosen by, and
    `judged_ms` are of a timing after the choice, which says whether limits are kept.
    """

    records: Mapping[Cell, Record]
    on_search: Answers
    on_second: Answers
    latencies: Mapping[tuple[str, bytes], float] = field(default_factory=dict)
    judged_ms: Mapping[tuple[str, bytes], float] = field(default_factory=dict)

    def candidates(self) -> Genes:
        """What is measured on the search split: the first of each method, all finalists of ours and of references."""
        return np.concatenate([self._measured(record) for record in self.records.values()])

    def chosen(self) -> Genes:
        """What is measured on the second split."""
        handed_over = [genes for found in self.rows().values() for genes in found.values()]
        references = [self.in_order(cell)[0] for cell in self.records if cell.row.method == REFERENCE]
        return np.stack(handed_over + references)

    def rows(self) -> dict[Row, dict[int, Genes]]:
        """What each seed found, by row of the table."""
        found: dict[Row, dict[int, Genes]] = {}
        for cell, record in self.records.items():
            row = cell.row
            if row.method != REFERENCE:
                found.setdefault(row, {})[cell.seed] = record.genes[0]
            if has_measured_finalists(row):
                measured = Row(row.profile, row.limit, row.share, MEASURED)
                found.setdefault(measured, {})[cell.seed] = self._by_measurement(cell)
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
        here = [r for cell, r in self.records.items() if (cell.row.profile, cell.row.limit) == (profile, limit)]
        return max(float(self.on_search.percent(self._measured(record)).max()) for record in here)

    def _measured(self, record: Record) -> Genes:
        whole = record.cell.row.method == REFERENCE or has_measured_finalists(record.cell.row)
        return record.genes if whole else record.genes[:1]

    def _by_measurement(self, cell: Cell) -> Genes:
        """As `facefit fit --finalists` chooses: the most accurate finalist that was timed within the limit.

        Without timings the most accurate. Where none was within, which makes `facefit fit` search more tightly, the
        fastest.
        """
        ordered, record = self.in_order(cell), self.records[cell]
        ms = np.array([self.latencies.get((cell.row.profile, bytes(genes)), np.inf) for genes in ordered])
        within = np.flatnonzero((ms <= record.limit_ms) | np.isinf(ms).all())
        chosen: Genes = ordered[within[0] if len(within) else ms.argmin()]
        return chosen


def has_measured_finalists(row: Row) -> bool:
    """Whether all finalists of a row's searches are measured."""
    return row.method == OURS and row.labels == ALL
