"""Two processes that share each batch compute what one does: gradients, statistics and whole runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from lightning_fabric import Fabric

from facefit.errors import ArtifactError, InputError
from facefit.supernet.normalisers import normalise_by_batch
from facefit.training import synchronised
from facefit.training.agreement import by_leader, check_alike
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


def test_rounding_to_bfloat16_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PyTorch's batch norm does it: scale and shift are not rounded themselves, however large they are."""
    monkeypatch.setattr(synchronised, "_reduced", torch.Tensor.clone)
    x, weight, bias = inputs()
    rounded = (10 * x).to(torch.bfloat16)
    y = NormaliseByAllBatches(1)("norm", rounded, weight, bias)
    assert y.dtype == torch.bfloat16
    exact = normalise_by_batch("norm", rounded.float(), weight, bias)
    torch.testing.assert_close(y.float(), exact, atol=1e-5, rtol=2**-8)


class Told(Engine):
    """One process of two that has heard what the other one says."""

    def __init__(self, rank: int, heard: dict[str, str]) -> None:
        super().__init__(Fabric(accelerator="cpu", devices=1))
        self.processes, self.rank, self.heard, self.said = 2, rank, heard, dict[str, str]()

    def together(self, said: Mapping[str, str]) -> dict[str, str]:
        self.said = dict(said)
        return self.said | self.heard


def test_what_the_leader_meets_ends_all() -> None:
    def fail() -> None:
        raise ArtifactError("run: no space left")

    leader, other = Told(0, {}), Told(1, {"leader": "run: no space left"})
    with pytest.raises(ArtifactError, match="run: no space left"):
        by_leader(leader, fail)
    assert leader.said == other.heard  # told before it ended, or the other one would wait for ever
    with pytest.raises(InputError, match="run: no space left"):
        by_leader(other, lambda: pytest.fail("only the leading process acts"))
    done: list[str] = []
    by_leader(Told(0, {}), lambda: done.append("written"))
    by_leader(Told(1, {}), lambda: done.append("twice"))
    assert done == ["written"]


def test_processes_that_go_on_from_different_steps_are_told_of() -> None:
    said = "step 8, photos 12ab"
    check_alike(Told(1, {"0": said}), said, "share the folder")
    with pytest.raises(InputError, match=r"process 0: step 8, photos 12ab; process 1: step 0.*share the folder"):
        check_alike(Told(1, {"0": said}), "step 0, photos 12ab", "share the folder")
