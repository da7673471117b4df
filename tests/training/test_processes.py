"""Two processes that share each batch compute what one does: gradients, statistics and whole runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch import nn

from facefit.errors import InputError
from facefit.supernet.normalisers import normalise_by_batch
from facefit.training import engine as engines
from facefit.training import synchronised
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


def graded(rows: slice) -> tuple[nn.Module, torch.Tensor]:
    """A network with the gradient of some rows of a batch, and their loss."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(5, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3))
    net.to(memory_format=torch.channels_last)
    net.add_module("unused", nn.Linear(2, 2))  # as a SuperNet's blocks are that no subnet of a step has
    loss = net[:4](inputs()[0][rows]).square().mean()
    loss.backward()
    return net, loss.detach()


def gradient(net: nn.Module) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])


def meet(rank: int, meeting: Path, answers: Path) -> None:
    """What process `rank` of two agrees on with the other one, in an engine."""
    os.environ |= {"LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "NODE_RANK": "0"}
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    engine = start_engine(devices=2, accelerator="cpu")
    assert (engine.rank, engine.rank_here, engine.processes, engine.processes_here) == (rank, rank, 2, 2)
    net, loss = graded(engine.part(6))
    own = gradient(net)
    engine.average_gradients(net.parameters())
    asked = [engine.anywhere(rank == 1), engine.anywhere(False)]
    torch.save((own, gradient(net), engine.average([loss, 2 * loss]), asked), answers / f"{rank}.pt")
    engine.close()


@pytest.mark.slow
def test_two_processes_average_to_what_the_whole_batch_has(tmp_path: Path) -> None:
    mp.spawn(meet, (tmp_path / "meeting", tmp_path), nprocs=2)
    net, loss = graded(slice(6))
    whole = gradient(net)
    for own, averaged, losses, asked in (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1)):
        torch.testing.assert_close(averaged, whole, atol=1e-5, rtol=1e-4)
        assert (own - whole).norm() > 0.1 * whole.norm()  # a half alone is another gradient
        assert losses == pytest.approx([loss.item(), 2 * loss.item()]) and asked == [True, False]


def test_batches_that_cannot_be_shared_are_refused() -> None:
    engine = Engine(Fabric(accelerator="cpu", devices=1))
    engine.processes, engine.rank = 3, 1
    assert engine.part(12) == slice(4, 8)
    with pytest.raises(InputError, match="a batch of 16 images cannot be shared evenly by 3 processes"):
        engine.part(16)


def test_a_precision_that_there_is_not_is_a_mistake() -> None:
    with pytest.raises(InputError, match="precision is '16-true'; expected 32-true or bf16-mixed"):
        start_engine(precision="16-true")


def test_more_devices_than_there_are_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**settings: object) -> None:
        raise MisconfigurationException("You requested gpu: [0, 1, 2, 3]\n But your machine only has: [0]")

    monkeypatch.setattr(engines, "Fabric", refuse)
    with pytest.raises(InputError) as caught:
        start_engine(devices=4)
    assert "train on 4 devices of 1 machines (You requested gpu: [0, 1, 2, 3] But your machine" in str(caught.value)


def test_a_deviation_that_is_small_beside_the_mean_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against PyTorch's own norm in float64."""
    monkeypatch.setattr(synchronised, "_reduced", torch.Tensor.clone)
    x, weight, bias = inputs()
    apart = (x - 7) / 30 - 300
    answers = []
    for norm, dtype in ((NormaliseByAllBatches(1), torch.float32), (normalise_by_batch, torch.float64)):
        leaves = [leaf.to(dtype, copy=True).requires_grad_() for leaf in (apart, weight, bias)]
        y = norm("norm", *leaves)
        loss_of(y).backward()
        answers.append([y.detach(), *(leaf.grad for leaf in leaves)])
    for ours, exact in zip(*answers, strict=True):
        assert (ours - exact).abs().max() < 2e-3 * exact.abs().max()


def test_rounding_to_bfloat16_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PyTorch's batch norm does it: scale and shift are not rounded themselves, however large they are."""
    monkeypatch.setattr(synchronised, "_reduced", torch.Tensor.clone)
    x, weight, bias = inputs()
    rounded = (10 * x).to(torch.bfloat16)
    y = NormaliseByAllBatches(1)("norm", rounded, weight, bias)
    assert y.dtype == torch.bfloat16
    exact = normalise_by_batch("norm", rounded.float(), weight, bias)
    torch.testing.assert_close(y.float(), exact, atol=1e-5, rtol=2**-8)
