"""What many subnets recognise, with recalibrated and with predicted batch-norm statistics, kept as it is found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from answers import load_answers, right_answers, save_answers

from facefit.artifacts import read_json, write_json
from facefit.errors import InputError
from facefit.evaluation.intervals import Correct
from facefit.faces.dataset import LabelledFaces
from facefit.labels.shared_prefix import SharedPrefix
from facefit.labels.workers import Work, chunks
from facefit.space import Subnet
from facefit.space.population import Genes, decode
from facefit.supernet.images import network_input
from facefit.supernet.network import SuperNet
from facefit.weights.statistics import StatisticsModel

EXACT, PREDICTED = "recalibrated", "predicted_statistics"
OF = "of.json"
_PORTION = 512


@dataclass(frozen=True)
class Exam:
    """The SuperNet, its model of statistics, photos to recalibrate on, and photos to recognise."""

    net: SuperNet
    statistics: StatisticsModel
    calibration: LabelledFaces
    photos: LabelledFaces

    def fingerprint(self) -> str:
        """The same for the same weights, statistics and photos."""
        digest = hashlib.sha256(Work(self.net, self.calibration, self.photos).fingerprint().encode())
        for name, values in sorted(self.statistics.coefficients.items()):
            digest.update(name.encode() + values.tobytes())
        return digest.hexdigest()

    def exact(self, subnets: list[Subnet]) -> Correct:
        """Answers of subnets of one resolution, bool (m, n); layers run once for all that share what is before."""
        size = subnets[0].resolution
        observed = dict(SharedPrefix(self.net, network_input(self.calibration, size)).observe(subnets))
        statistics = [observed[i] for i in range(len(subnets))]
        right, start = np.zeros((len(subnets), len(self.photos)), bool), 0
        for part in self.photos.portions(_PORTION):
            for i, output in SharedPrefix(self.net, network_input(part, size)).answer(subnets, statistics):
                right[i, start : start + len(part)] = output.logits.argmax(1).numpy() == part.labels
            start += len(part)
        return right

    def predicted(self, subnet: Subnet) -> Correct:
        """Answers of one subnet, bool (n,); the predicted statistics of the stem differ among subnets that share it."""
        predicted = self.statistics.predict(subnet).items()
        statistics = {
            name: (torch.from_numpy(mean), torch.from_numpy(variance)) for name, (mean, variance) in predicted
        }
        return right_answers(self.net, subnet, self.photos, statistics)


def ask(
    exam: Exam,
    genes: Genes,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    chunk: int = 8,
) -> dict[str, Correct]:
    """Answers with `EXACT` and with `PREDICTED` statistics, bool (m, n) each, in the order of `genes`.

    The folder keeps a file for each subnet, so that an interrupted call goes on. Raises `InputError` if it holds
    answers of another SuperNet or to other photos.
    """
    _check_same(folder / OF, exam.fingerprint())
    todo = np.array([gene for gene in genes if not _file(folder, gene).exists()], np.uint8)
    done = len(genes) - len(todo)
    for part in chunks(np.unique(todo, axis=0), chunk) if len(todo) else []:
        subnets = decode(exam.net.space, part)
        for gene, subnet, exact in zip(part, subnets, exam.exact(subnets), strict=True):
            save_answers(_file(folder, gene), {EXACT: exact, PREDICTED: exam.predicted(subnet)})
        done += len(part)
        progress(done, len(genes))
    kept = [load_answers(_file(folder, gene)) for gene in genes]
    return {kind: np.stack([answers[kind] for answers in kept]) for kind in (EXACT, PREDICTED)}


def _file(folder: Path, gene: Genes) -> Path:
    return folder / f"{bytes(gene).hex()}.npz"


def _check_same(path: Path, fingerprint: str) -> None:
    if path.exists() and read_json(path, "a fingerprint").get("fingerprint") != fingerprint:
        raise InputError(
            f"{path.parent}: holds answers of another SuperNet, or to other photos; expected the same to go on: use "
            f"another --out"
        )
    write_json(path, {"fingerprint": fingerprint})
