"""Spreads labelling over the machines of a Ray cluster.

Ray runs a task again whose worker was killed, on another worker if need be; what was labelled before is in the file
already, so nothing is lost but the chunk that was running.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from math import floor
from typing import Any

import torch

from facefit.errors import FacefitError, InputError, LabellingError, MissingExtra
from facefit.labels.joining import AUTO, joined
from facefit.labels.workers import Labelled, Work, chunks
from facefit.space.population import Genes

_TRIES = 8
"""How often Ray begins a chunk anew whose worker has died."""


@dataclass(frozen=True, slots=True)
class RayCluster:
    """`address` is 'auto' for the cluster that this machine belongs to, 'HOST:PORT' for one of several that it does,
    'ray://HOST:PORT' for one elsewhere, by its client port, or 'local' to start one here of `workers` workers, which
    ends with the labelling."""

    address: str = AUTO
    workers: int = 1

    def __call__(self, work: Work, genes: Genes, most: int) -> Iterator[Labelled]:
        """Yields chunks of at most so many subnets as they are done, each labelled by one thread of one worker.

        Raises as `joined` does, and `InputError` if no machine of the cluster has so much memory, and `LabellingError`
        if its machines have another version of facefit or chunks keep failing.
        """
        ray = _ray()
        with joined(ray, self.address, self.workers):
            _check_memory(ray, work)
            at_once = max(1, int(ray.cluster_resources().get("CPU", 1)))
            yield from _labelled(ray, work, chunks(genes, most, at_once))


def _check_memory(ray: Any, work: Work) -> None:
    """Ray would wait for ever for a machine that has as much memory as a task asks for."""
    largest = max((node["Resources"].get("memory", 0.0) for node in ray.nodes() if node["Alive"]), default=0.0)
    if work.memory_bytes and work.memory_bytes > largest:
        raise InputError(
            f"--memory is {work.memory_bytes / 1e9:.3g} GB a worker, but no machine of the cluster offers more than "
            f"{floor(largest / 1e7) / 100:.2f} GB; ask for at most that"
        )


def _labelled(ray: Any, work: Work, todo: list[Genes]) -> Iterator[Labelled]:
    needs = {"memory": int(work.memory_bytes)} if work.memory_bytes else {}
    task = ray.remote(_label).options(num_cpus=1, max_retries=_TRIES, **needs)
    shared, own = ray.put(work), version("facefit")
    running = [task.remote(shared, genes, own) for genes in todo]
    try:
        while running:
            (done, *_), running = ray.wait(running, num_returns=1)
            yield ray.get(done)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, FacefitError):
            raise error.cause from error
        raise
    except ray.exceptions.RayError as error:
        raise LabellingError(
            f"a chunk failed on the cluster ({str(error).splitlines()[0]}); what was labelled is kept: call again, or "
            f"with a smaller --memory"
        ) from error
    finally:
        for task_left in running:
            ray.cancel(task_left, force=True)


def _label(work: Work, genes: Genes, expected: str) -> Labelled:
    """Runs on a worker."""
    if (own := version("facefit")) != expected:
        raise LabellingError(
            f"facefit is {own} on the cluster's machine {os.uname().nodename}, {expected} here; install the same"
        )
    torch.set_num_threads(1)
    return work.label(genes)


def _ray() -> Any:
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise MissingExtra("ray", "scale", "labelling on a cluster") from error
    return ray
