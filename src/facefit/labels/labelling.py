"""Labels many subnets, in an order that shares prefixes, saving as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from facefit.errors import ArtifactError
from facefit.labels.lock import locked
from facefit.labels.plans import LabelPlan
from facefit.labels.round_file import RoundFile
from facefit.labels.store import Labels
from facefit.labels.workers import Labelled, Work, label_chunks
from facefit.space.population import Genes

Progress = Callable[[int, int], None]
Spread = Callable[[Work, Genes, int], Iterator[Labelled]]
"""Has subnets labelled, here or elsewhere, in chunks of at most so many, and yields them as they are done."""

CHUNK = 96
"""Subnets that are labelled at once, and saved: more share more, and an interruption loses more."""
ALONE: Spread = partial(label_chunks, workers=1)


def label_subnets(
    work: Work,
    plan: LabelPlan,
    subnets: int,
    path: Path,
    *,
    spread: Spread = ALONE,
    chunk: int = CHUNK,
    progress: Progress = lambda done, total: None,
) -> Labels:
    """Fills the label file at `path` up to `subnets` labels, with subnets that the plan chooses.

    `work.calibration` gives each subnet its batch-norm statistics, `work.search_split` its accuracy. The file is
    saved after each chunk of subnets, so that an interruption loses no more than the chunks in progress; a round that
    was begun is finished first. Raises `ArtifactError` if the file holds labels of another SuperNet or of other photos,
    `LabellingError` if another process is filling it, and `InputError` if the images do not fit into the memory.
    """
    work.check_memory()
    with locked(path):
        labels = labels_of(work, path)
        before, rounds = len(labels), RoundFile(path, plan)
        while len(labels) < subnets and len(chosen := rounds.next(labels, subnets - len(labels))):
            for done in spread(work, chosen.genes, chunk):
                labels = labels.merged(done.genes, done.right, chosen.plans_of(done.genes), done.log_likelihood)
                labels.save(path)
                progress(len(labels) - before, subnets - before)
        rounds.close(labels)
    return labels


def labels_of(work: Work, path: Path) -> Labels:
    """The labels in the file, or none yet; raises `ArtifactError` if they belong to other work."""
    space, split = work.net.space, work.search_split
    empty = Labels.empty(space, split.questions, f"{split.protocol}-search", work.fingerprint())
    labels = Labels.load(path) if path.exists() else empty
    if (labels.space, labels.n, labels.source) != (space, split.questions, empty.source):
        raise ArtifactError(
            f"{path}: labels of another SuperNet or of other photos ({labels.protocol}, n = {labels.n}); expected "
            f"those of this run ({empty.protocol}, n = {empty.n}): move the file away to label anew"
        )
    return labels
