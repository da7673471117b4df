"""Where training runs: device, precision, and what several processes tell each other (Lightning Fabric)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, get_args

import torch
import torch.distributed as dist
from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch import Tensor, nn

from facefit.errors import InputError
from facefit.freed_memory import keep_freed_memory
from facefit.supernet.elastic import Normaliser
from facefit.supernet.normalisers import normalise_by_batch
from facefit.training.synchronised import NormaliseByAllBatches

Precision = Literal["32-true", "bf16-mixed"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


class Engine:
    """One process, or one of several that train the same weights on parts of the same batches.

    Gradients, batch-norm statistics and losses are those of the whole batch, whichever way it is shared out, so that
    the number of processes changes no result but for the order of sums. One process computes as if there was no engine.
    """

    def __init__(self, fabric: Fabric, num_nodes: int = 1) -> None:
        self._fabric = fabric
        self.device: torch.device = fabric.device
        self.rank: int = fabric.global_rank
        self.rank_here: int = fabric.local_rank
        self.processes: int = fabric.world_size
        self.processes_here = self.processes // num_nodes
        self.normalise: Normaliser = normalise_by_batch
        if self.processes > 1:
            self.normalise = NormaliseByAllBatches(self.processes)

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes files and talks."""
        return self.rank == 0

    def precise(self) -> AbstractContextManager[object]:
        """In the block a network computes in the engine's precision."""
        return self._fabric.autocast()

    def backward(self, loss: Tensor) -> None:
        """Adds the gradient of a loss to the parameters."""
        self._fabric.backward(loss)

    def part(self, batch: int) -> slice:
        """This process's part of a batch; raises `InputError` if it cannot be shared evenly."""
        if batch % self.processes:
            raise InputError(
                f"a batch of {batch} images cannot be shared evenly by {self.processes} processes; expected a "
                f"multiple: change the recipe's batch, or --devices and --num-nodes"
            )
        size = batch // self.processes
        return slice(self.rank * size, (self.rank + 1) * size)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replaces gradients by their mean over all processes, in one message: once a step, after all subnets."""
        gradients = [p.grad for p in parameters if p.grad is not None]
        if self.processes == 1 or not gradients:
            return
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        self._fabric.all_reduce(flat, reduce_op="mean")
        for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def average(self, values: Sequence[Tensor]) -> list[float]:
        """Means of scalars over all processes."""
        together = torch.stack([value.detach().float() for value in values])
        if self.processes > 1:
            self._fabric.all_reduce(together, reduce_op="mean")
        averaged: list[float] = together.tolist()
        return averaged

    def together(self, said: Mapping[str, str]) -> dict[str, str]:
        """What all processes say."""
        if self.processes == 1:
            return dict(said)
        everybody: list[dict[str, str]] = [{} for _ in range(self.processes)]
        dist.all_gather_object(everybody, dict(said))
        return {name: value for each in everybody for name, value in each.items()}

    def anywhere(self, asked: bool) -> bool:
        """Whether any process was asked, so that all do the same."""
        return asked if self.processes == 1 else self.average([torch.tensor(float(asked), device=self.device)])[0] > 0

    def wait(self) -> None:
        """Until all processes have come here."""
        self._fabric.barrier()

    def close(self) -> None:
        """Leaves the others: a process that ends while it is still connected may be aborted by what connects it."""
        if self.processes > 1 and dist.is_initialized():
            dist.destroy_process_group()


def start_engine(devices: int = 1, num_nodes: int = 1, precision: str = "32-true", accelerator: str = "auto") -> Engine:
    """Starts the processes that are not running yet (or joins those of `torchrun`, or of a cluster) and connects them.

    `accelerator` is Fabric's: 'auto' takes a GPU where there is one. Several processes on one machine are started by
    calling this program again with its own arguments. Raises `InputError` where the machine has fewer devices.
    """
    known = next((name for name in PRECISIONS if name == precision), None)
    if known is None:
        raise InputError(f"precision is '{precision}'; expected {' or '.join(PRECISIONS)}")
    keep_freed_memory()
    several = devices * num_nodes > 1
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it tells of each process
    try:
        fabric = Fabric(
            accelerator=accelerator,
            devices=devices,
            num_nodes=num_nodes,
            strategy="ddp" if several else "auto",
            precision=known,
        )
        fabric.launch()
    except (MisconfigurationException, RuntimeError, ValueError, TypeError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"cannot train on {devices} devices of {num_nodes} machines ({why}); lower them") from error
    return Engine(fabric, num_nodes)
