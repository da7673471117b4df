"""Checkpoints that are whole or absent, without pickled code."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from facefit.artifacts import write_bytes
from facefit.errors import ArtifactError, InputError
from facefit.supernet.network import DescriptorNet


@dataclass(slots=True)
class Progress:
    """Next step to do, the losses of the steps that its epoch has behind it, and images that were found to be damaged,
    with the reason."""

    phase: int
    step_in_phase: int
    epoch_losses: list[float] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)


def save_checkpoint(
    path: Path, net: DescriptorNet, average: Mapping[str, Tensor], optimiser: torch.optim.Optimizer, progress: Progress
) -> None:
    """Writes all that the next step depends on."""
    state = {
        "net": net.state_dict(),
        "average": dict(average),
        "optimiser": optimiser.state_dict(),
        "progress": asdict(progress),
    }
    # By way of memory, since PyTorch reports a disk that fills up as an error of its own kind.
    whole = io.BytesIO()
    torch.save(state, whole)
    write_bytes(path, whole.getvalue())


def load_checkpoint(
    path: Path, net: DescriptorNet, average: Mapping[str, Tensor], optimiser: torch.optim.Optimizer
) -> Progress | None:
    """Restores everything in place; None where there is no checkpoint. Raises `ArtifactError` if it is damaged."""
    if not path.exists():
        return None
    with _whole(path, "move it away to start anew"):
        state = torch.load(path, map_location="cpu", weights_only=True)
        net.load_state_dict(state["net"])
        for name, tensor in average.items():
            tensor.copy_(state["average"][name])
        for kept, own in zip(state["optimiser"]["param_groups"], optimiser.param_groups, strict=True):
            kept |= {how: own[how] for how in ("foreach", "fused")}  # which is faster depends on the device
        optimiser.load_state_dict(state["optimiser"])
        return Progress(**state["progress"])


def load_average(path: Path) -> dict[str, Tensor]:
    """The averaged weights alone, by name; raises `InputError` without a checkpoint, `ArtifactError` if damaged."""
    if not path.exists():
        raise InputError(f"{path.parent}: holds no {path.name}; expected the folder of a training run")
    with _whole(path, "name another run"):
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {name: tensor.clone() for name, tensor in state["average"].items()}


@contextmanager
def _whole(path: Path, remedy: str) -> Iterator[None]:
    """Whatever a checkpoint lacks is one kind of error."""
    try:
        yield
    except Exception as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ArtifactError(f"{path}: damaged checkpoint, or of another network ({first}); {remedy}") from error
