"""What a network without choices begins with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from one_network_order import FILE, SUBNETS
from torch import Tensor

from facefit.artifacts import read_json
from facefit.graph.card import card_beside
from facefit.training.checkpoint import load_average
from facefit.weights import SharedWeights, TrainedPeople


class Start(NamedTuple):
    """Weights by name, and what is known of them; a run that was not trained to its end has no card that tells."""

    tensors: Mapping[str, Tensor]
    licence: str | None
    people: TrainedPeople | None


def load_start(start: Path, network: str) -> Start:
    """Out of the folder of a run of one network, or a SuperNet's `.safetensors`; `InputError` if it is neither.

    A subnet alone begins with what it is in that SuperNet.
    """
    if start.suffix == ".safetensors":
        weights = SharedWeights.load(start)
        arrays = weights.tensors
        if network in SUBNETS:
            subnet = weights.space.largest if network == SUBNETS[0] else weights.space.smallest
            arrays = weights.extract(subnet, {}).tensors
        tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
        return Start(tensors, weights.metadata.licence, weights.metadata.trained_people)
    file = card_beside(start / FILE)
    card = read_json(file, "the card of a network") if file.exists() else {}
    return Start(load_average(start / "checkpoint.pt"), card.get("licence"), TrainedPeople.of_card(card))
