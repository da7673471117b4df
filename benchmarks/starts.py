"""What a network without choices begins with, and what that has learnt from: a comparison wants equal starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from one_network_order import FILE
from torch import Tensor

from facefit.artifacts import read_json
from facefit.cli.sources import SETTINGS
from facefit.errors import ArtifactError, InputError
from facefit.graph.card import card_beside
from facefit.training.checkpoint import load_average
from facefit.weights import SharedWeights, TrainedPeople


class Start(NamedTuple):
    """Weights by name, and what is known of them; a run that was not trained to its end has no card that tells."""

    tensors: Mapping[str, Tensor]
    licence: str | None
    people: TrainedPeople | None


def load_start(start: Path) -> Start:
    """Out of the folder of a run of one network, or a SuperNet's `.safetensors`; `InputError` if it is neither."""
    if start.suffix == ".safetensors":
        weights = SharedWeights.load(start)
        tensors = {name: torch.from_numpy(value) for name, value in weights.tensors.items()}
        return Start(tensors, weights.metadata.licence, weights.metadata.trained_people)
    file = card_beside(start / FILE)
    card = read_json(file, "the card of a network") if file.exists() else {}
    return Start(load_average(start / "checkpoint.pt"), card.get("licence"), TrainedPeople.of_card(card))


@dataclass(frozen=True)
class Schooling:
    """What a start has learnt from, and for how long."""

    data: str
    n: int
    teacher: str | None
    epochs: int

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self | None:
        """From the settings of a run, or what its weights say of it; None where they say nothing."""
        try:
            epochs = sum(int(phase["epochs"]) for phase in facts["recipe"]["phases"])
            return cls(str(facts["data"]), int(facts["n"]), facts.get("teacher"), epochs)
        except (KeyError, TypeError, ValueError):
            return None

    @classmethod
    def of_run(cls, run: Path) -> Self:
        """Of a run folder; raises `ArtifactError` where its settings say nothing."""
        file = run / SETTINGS
        known = cls.of(read_json(file, "settings of a training run"))
        if known is None:
            raise ArtifactError(f"{file}: lacks data, n or recipe; expected the settings of a training run")
        return known

    def __str__(self) -> str:
        taught = f"taught by {self.teacher}" if self.teacher else "no teacher"
        return f"{self.data}, n = {self.n}, {taught}, {self.epochs} epochs"


def check_equal(starts: Mapping[str, Schooling]) -> None:
    """Raises `InputError` unless all networks begin with as much of the same training."""
    if len(set(starts.values())) > 1:
        told = "; ".join(f"{name}: {schooling}" for name, schooling in starts.items())
        raise InputError(f"starts differ ({told}); expected the same photos, teacher and epochs: train them alike")
