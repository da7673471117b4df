"""The choice among the finalists of a search by their accuracy on the search split, as labels are measured.

The subnet that a surrogate likes best is overestimated, since it was chosen for its prediction; measuring the best
few corrects that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from facefit.labels.workers import Work, chunks
from facefit.search import MeasuredAccuracy, SearchResult

Progress = Callable[[int, int], None]


def measure_finalists(
    work: Work, found: SearchResult, progress: Progress = lambda done, total: None, portion: int = 8
) -> SearchResult:
    """The same search with its finalists measured, most right answers first; equal ones keep their order."""
    split, right = work.search_split, dict[bytes, int]()
    repeats, asked = split.repeats, split.questions // split.repeats
    for part in chunks(np.stack([finalist.genes for finalist in found.finalists]), portion):
        labelled = work.label(part)
        right |= zip(map(bytes, labelled.genes), labelled.right.tolist(), strict=True)
        progress(len(right), len(found.finalists))
    measured = [
        replace(f, measured=MeasuredAccuracy(right[f.genes.tobytes()] / repeats, asked, f"{split.protocol}-search"))
        for f in found.finalists
    ]
    return replace(found, finalists=tuple(sorted(measured, key=lambda f: -right[f.genes.tobytes()])))
