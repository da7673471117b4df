"""True accuracies, photo by photo: which photos a subnet gets right, with recalibrated statistics, kept on disk.

Networks that are judged on the same photos can then be compared photo by photo.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from kept_lines import KeptLines
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.dataset import CALIBRATION_IMAGES, LabelledFaces, in_search_split
from facefit.faces.ferplus import load_ferplus
from facefit.labels.labelling import Progress, Spread
from facefit.labels.memory import Portions
from facefit.labels.shared_prefix import SharedPrefix
from facefit.labels.store import Labels
from facefit.labels.workers import Labelled, Work
from facefit.space.population import Genes, decode
from facefit.supernet.images import network_input
from facefit.supernet.network import SuperNet

_CHUNK = 48


class PhotoWork(Work):
    """Work whose labels are not how many photos were right, but which: 1 or 0 for each, int64 (m, photos)."""

    def label(self, genes: Genes) -> Labelled:
        subnets = decode(self.net.space, genes)
        size, split = subnets[0].resolution, self.search_split
        portions = self._portions(size) or Portions(len(split), 1)
        observed = dict(SharedPrefix(self.net, network_input(self.calibration, size)).observe(subnets))
        statistics = [observed[i] for i in range(len(subnets))]
        answers = []
        for part in split.portions(portions.images):
            right = np.zeros((len(genes), len(part)), np.int64)
            prefix = SharedPrefix(self.net, network_input(part, size), portions.batch)
            for i, output in prefix.answer(subnets, statistics):
                _, logits = output.arrays()
                right[i] = logits.argmax(1) == part.labels
            answers.append(right)
        return Labelled(genes, np.concatenate(answers, axis=1), np.full(len(genes), np.nan))


class Answers:
    """Which photos of one set subnets get right, a line each; raises `ArtifactError` if the file is of other work."""

    def __init__(self, work: PhotoWork, path: Path, spread: Spread) -> None:
        self._work, self._spread, self.n = work, spread, len(work.search_split)
        source = {"SuperNet or photos": work.fingerprint(), "number of photos": self.n}
        self._lines = KeptLines(path, source, "answers")
        self._packed = {bytes.fromhex(row["genes"]): bytes.fromhex(row["right"]) for row in self._lines.rows}

    def measure(self, genes: Genes, progress: Progress) -> None:
        """Has those subnets judged that are not yet; genes are uint8 (m, 1 + positions)."""
        distinct = np.unique(genes, axis=0)
        missing, done = distinct[[bytes(row) not in self._packed for row in distinct]], 0
        self._work.check_memory()
        for labelled in self._spread(self._work, missing, _CHUNK):
            for row, right in zip(labelled.genes, labelled.right, strict=True):
                packed = np.packbits(right.astype(bool)).tobytes()
                self._lines.add({"genes": bytes(row).hex(), "right": packed.hex()})
                self._packed[bytes(row)] = packed
            done += len(labelled.genes)
            progress(done, len(missing))

    def right(self, rows: Iterable[Genes]) -> NDArray[np.bool_]:
        """For each row of genes which photos are right, bool (rows, photos)."""
        packed = [np.frombuffer(self._packed[bytes(row)], np.uint8) for row in rows]
        return np.unpackbits(np.stack(packed), axis=1, count=self.n).astype(bool)

    def percent(self, rows: Iterable[Genes]) -> NDArray[np.float64]:
        """Accuracy of each row of genes."""
        accuracy: NDArray[np.float64] = 100 * self.right(rows).mean(axis=1)
        return accuracy


def ferplus_work(
    net: SuperNet, folder: Path, images: int | None, memory_bytes: float | None
) -> tuple[PhotoWork, PhotoWork]:
    """Work on the search split, and on FER2013Valid, on which nothing was selected; calibrated on the same photos.

    `images` takes the first of each set only, for trials.
    """
    decided, search_split = load_ferplus(folder, "train", "majority").split(in_search_split)
    drawn = np.random.default_rng(0).permutation(len(decided))[:CALIBRATION_IMAGES]
    calibration = decided.where(np.isin(np.arange(len(decided)), drawn))
    sets = calibration, search_split, load_ferplus(folder, "valid", "majority")
    calibration, search_split, second = (_first(faces, images) for faces in sets)
    work = PhotoWork(net, calibration, search_split, memory_bytes)
    return work, replace(work, search_split=second)


def check_source(labels: Labels, work: PhotoWork) -> None:
    """Raises `InputError` for labels that come from elsewhere, before hours of work with them."""
    if labels.source != work.fingerprint():
        raise InputError(
            "the labels are of another SuperNet or of other photos; give --bundle, --labels and --data alike"
        )


def _first(faces: LabelledFaces, images: int | None) -> LabelledFaces:
    return faces if images is None else faces.where(np.arange(len(faces)) < images)
