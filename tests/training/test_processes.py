"""Two processes that share each batch compute what one does: gradients, statistics and whole runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from lightning_fabric import Fabric

from facefit.errors import InputError
from facefit.supernet.normalisers import normalise_by_batch
from facefit.training.engine import Engine, start_engine
from facefit.training.synchronised import NormaliseByAllBatches


def inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A batch far from mean 0 and deviation 1, and scale and shift."""
    generator = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(6, 5, 4, 4, generator=generator) + 7
    return x, torch.rand(5, generator=generator) + 0.5, torch.randn(5, generator=generator)


def loss_of(y: torch.Tensor) -> torch.Tensor:
    return (y * torch.linspace(-1, 1, y[0].numel()).view(y.shape[1:])).square().flatten(1).sum(1).mean()


def half(rank: int, meeting: Path, answers: Path) -> None:
    """What process `rank` of two computes of its half."""
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    x, weight, bias = inputs()
    part = x[3 * rank : 3 * rank + 3].requires_grad_()
    weight.requires_grad_(), bias.requires_grad_()
    y = NormaliseByAllBatches(2)("norm", part, weight, bias)
    loss_of(y).backward()
    torch.save((y.detach(), part.grad, weight.grad, bias.grad), answers / f"{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.slow
def test_statistics_and_gradients_are_those_of_the_whole_batch(tmp_path: Path) -> None:
    mp.spawn(half, (tmp_path / "meeting", tmp_path), nprocs=2)
    halves = [torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1)]
    x, weight, bias = (tensor.requires_grad_() for tensor in inputs())
    y = normalise_by_batch("norm", x, weight, bias)
    loss_of(y).backward()
    torch.testing.assert_close(torch.cat([h[0] for h in halves]), y, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(torch.cat([h[1] for h in halves]) / 2, x.grad, atol=1e-4, rtol=1e-3)
    for i, parameter in ((2, weight), (3, bias)):
        torch.testing.assert_close((halves[0][i] + halves[1][i]) / 2, parameter.grad, atol=1e-4, rtol=1e-4)


def test_batches_that_cannot_be_shared_are_refused() -> None:
    engine = Engine(Fabric(accelerator="cpu", devices=1))
    engine.processes, engine.rank = 3, 1
    assert engine.part(12) == slice(4, 8)
    with pytest.raises(InputError, match="a batch of 16 images cannot be shared evenly by 3 processes"):
        engine.part(16)


def test_a_precision_that_there_is_not_is_a_mistake() -> None:
    with pytest.raises(InputError, match="precision is '16-true'; expected 32-true or bf16-mixed"):
        start_engine(precision="16-true")
