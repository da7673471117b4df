"""`--finalists`: the best few of a search measured on the search split, for `fit` and `search`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from facefit.bundle import Bundle
from facefit.cli.output import Output, progress_bar
from facefit.errors import require
from facefit.fit.choice import Review
from facefit.search import SearchResult

_MEMORY_BYTES = 2e9
"""What activations may take, or what they need where that is more: a fit has no option for it."""


def finalists_review(parts: Bundle, data: Path, output: Output) -> Review:
    """What measures the finalists of a search and puts the best first; `output` is told of photos that are left out.

    The faces are read at once, so that mistakes show before any work: raises `MissingExtra`, `InputError`.
    """
    require("torch", "train", "measuring finalists")
    from facefit.cli.faces import tell_skipped
    from facefit.cli.sources import check_classes, source_again
    from facefit.labels.finalists import measure_finalists
    from facefit.labels.workers import Work
    from facefit.supernet.loading import from_shared_weights

    faces = source_again(parts.metadata, parts.folder, data).read(max(parts.space.resolutions))
    check_classes(parts.metadata, faces, data)
    tell_skipped(faces, output)
    work = Work(from_shared_weights(parts.weights), faces.calibration, faces.search_split)
    work = replace(work, memory_bytes=max(_MEMORY_BYTES, work.least_memory()))

    def measure(found: SearchResult) -> SearchResult:
        with progress_bar(f"measuring {len(found.finalists)} finalists") as report:
            return measure_finalists(work, found, report)

    return Review(measure, faces.calibration, faces.portraits)
