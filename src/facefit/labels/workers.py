"""Spreads labelling over processes of one thread each, which on few cores is faster than one process of many."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from facefit.errors import LabellingError
from facefit.faces.dataset import LabelledFaces
from facefit.freed_memory import keep_freed_memory
from facefit.labels.memory import Portions, least_memory, portions_within
from facefit.labels.shared_prefix import SharedPrefixEvaluator
from facefit.space.population import Genes, decode
from facefit.supernet.network import SuperNet
from facefit.worker_processes import serve_parent


class Labelled(NamedTuple):
    """Genes (m, 1 + positions), right answers (m,) and mean log-likelihood of the right answer (m,) of one chunk."""

    genes: Genes
    right: NDArray[np.int64]
    log_likelihood: NDArray[np.float64]


@dataclass(frozen=True)
class Work:
    """What every worker needs: the SuperNet, both image sets, and the memory that its activations may take.

    Without `memory_bytes` all images of a set run at once.
    """

    net: SuperNet
    calibration: LabelledFaces
    search_split: LabelledFaces
    memory_bytes: float | None = None

    def fingerprint(self) -> str:
        """The same for the same weights, calibration photos, and search split with its labels."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.net.state_dict().items()):
            digest.update(name.encode() + tensor.cpu().numpy().tobytes())
        digest.update(f"{self.calibration.fingerprint()} {self.search_split.fingerprint()}".encode())
        return digest.hexdigest()

    def label(self, genes: Genes) -> Labelled:
        """Labels subnets of one resolution, on a GPU where there is one; raises `InputError` if they do not fit into
        the memory."""
        keep_freed_memory()
        subnets = decode(self.net.space, genes)
        portions = self._portions(subnets[0].resolution)
        net = self.net.to("cuda") if torch.cuda.is_available() else self.net
        evaluator = SharedPrefixEvaluator(net, self.calibration, self.search_split, portions)
        right, likely = np.zeros(len(genes), np.int64), np.zeros(len(genes))
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # as exact as on a CPU
            for one in evaluator.evaluate(subnets):
                right[one.place], likely[one.place] = one.right, one.log_likelihood
        return Labelled(genes, right, likely)

    def check_memory(self) -> None:
        """Raises `InputError`, before any work, if some resolution does not fit into the memory."""
        for resolution in sorted(self.net.space.resolutions, reverse=True):  # what is enough there is enough for all
            self._portions(resolution)

    def least_memory(self) -> int:
        """Bytes of memory that are enough at every resolution."""
        space, images = self.net.space, (len(self.calibration), len(self.search_split))
        return max(least_memory(space, resolution, *images) for resolution in space.resolutions)

    def _portions(self, resolution: int) -> Portions | None:
        if self.memory_bytes is None:
            return None
        images = len(self.calibration), len(self.search_split)
        return portions_within(self.net.space, resolution, *images, self.memory_bytes)


def chunks(genes: Genes, most: int, at_once: int = 1) -> list[Genes]:
    """Rows sorted, so that neighbours share prefixes, and cut into chunks of one resolution and at most so many rows;
    into two or more for each of those that run at once, where there are several, so that none is without work for long.
    """
    size = most if at_once == 1 else min(most, -(-len(genes) // (2 * at_once)))
    ordered = genes[np.lexsort(genes.T[::-1])]
    return [
        part[start : start + size]
        for part in (ordered[ordered[:, 0] == r] for r in np.unique(ordered[:, 0]))
        for start in range(0, len(part), size)
    ]


def label_chunks(work: Work, genes: Genes, most: int, workers: int) -> Iterator[Labelled]:
    """Yields chunks of at most so many subnets as they are done; with one worker in this process.

    Processes end at once when something fails, the iterator is closed, or this process is gone.
    """
    todo = chunks(genes, most, workers)
    if workers == 1:
        yield from map(work.label, todo)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(work,))
    try:
        for done in as_completed([pool.submit(_label, genes) for genes in todo]):
            yield done.result()
    except BrokenProcessPool as error:
        raise LabellingError(
            "a labelling process was killed, perhaps for want of memory; what was labelled is kept: use fewer --workers"
        ) from error
    except BaseException:
        for process in list((pool._processes or {}).values()):  # `terminate_workers`, from Python 3.14 on
            process.terminate()  # else what they have begun would be awaited
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(work: Work) -> None:
    """Each process keeps its own copy; a worker has no other way to be given one."""
    serve_parent()
    torch.set_num_threads(1)
    _label.__dict__["work"] = work


def _label(genes: Genes) -> Labelled:
    work: Work = _label.__dict__["work"]
    return work.label(genes)
