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
    seed: int,
    workers: int = 1,
    chunk: int = 48,
    progress: Progress = lambda done, total: None,
) -> Labels:
    """Adds the accuracy of each subnet to the label file at `path`; subnets that are in it are not done again.

    `work.calibration` gives each subnet its batch-norm statistics, `work.search_split` its accuracy. The file is
    saved after each chunk of subnets, so that an interruption loses no more than the chunks in progress.
    """
    space, split = work.net.space, work.search_split
    protocol = f"{split.protocol}-search"
    labels = Labels.load(path) if path.exists() else Labels.empty(space, len(split), protocol, seed)
    if (labels.space, labels.n, labels.protocol) != (space, len(split), protocol):
        raise ArtifactError(
            f"{path}: labels of another space or search split ({labels.protocol}, n={labels.n}); "
            "choose another file, or move this one away"
        )
    todo = labels.missing(genes)
    before = len(labels)
    for done in label_chunks(work, chunks(todo, chunk), workers):
        labels = labels.merged(done.genes, done.right)
        labels.save(path)
        progress(len(labels) - before, len(todo))
    return labels
