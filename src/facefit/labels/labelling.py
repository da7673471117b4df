"""Labels many subnets, in an order that shares prefixes, saving as it goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from facefit.errors import ArtifactError
from facefit.labels.store import Labels
from facefit.labels.workers import Work, chunks, label_chunks
from facefit.space.population import Genes

Progress = Callable[[int, int], None]


def label_subnets(
    work: Work,
    genes: Genes,
    path: Path,
    *,
    workers: int = 1,
    chunk: int = 48,
    progress: Progress = lambda done, total: None,
) -> Labels:
    """Fills the label file at `path` up to `len(genes)` subnets; those that are in it are not done again.

    `work.calibration` gives each subnet its batch-norm statistics, `work.search_split` its accuracy. The file is
    saved after each chunk of subnets, so that an interruption loses no more than the chunks in progress. Raises
    `ArtifactError` if the file holds labels of another SuperNet or of other photos.
    """
    space, split = work.net.space, work.search_split
    empty = Labels.empty(space, split.questions, f"{split.protocol}-search", work.fingerprint())
    labels = Labels.load(path) if path.exists() else empty
    if (labels.space, labels.n, labels.source) != (space, split.questions, empty.source):
        raise ArtifactError(
            f"{path}: labels of another SuperNet or of other photos ({labels.protocol}, n = {labels.n}); expected "
            f"those of this run ({empty.protocol}, n = {empty.n}): move the file away to label anew"
        )
    todo = labels.missing(genes)[: max(0, len(genes) - len(labels))]
    before = len(labels)
    for done in label_chunks(work, chunks(todo, chunk), workers):
        labels = labels.merged(done.genes, done.right)
        labels.save(path)
        progress(len(labels) - before, len(todo))
    return labels
