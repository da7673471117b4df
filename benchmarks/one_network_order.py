"""What network without choices is to be trained, on what, and what it is before it has learnt anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from facefit.cli.sources import Source
from facefit.graph.blocks import RandomWeights
from facefit.graph.forms import Weights
from facefit.graph.reference_networks import reference_network
from facefit.supernet.graph_module import OUTPUT, GraphModule, with_descriptor
from facefit.supernet.loading import in_channels_last, untrained
from facefit.supernet.network import DescriptorNet
from facefit.training.recipe import Recipe
from facefit.weights.metadata import Task

FILE = "network.tflite"
SUBNETS = ("largest subnet alone", "smallest subnet alone")


@dataclass(frozen=True)
class Order:
    """What is to be trained, and where: `network` is a reference network or one of `SUBNETS`, `recipe` the SuperNet's.

    `start` is the folder of an earlier run of the same network, or a SuperNet (`.safetensors`), whose weights are taken
    over as far as they fit; `licence` is its own where none is named. `weights` is the number format of the file,
    float16 as that of a fitted subnet.
    """

    network: str
    task: Task
    recipe: Recipe
    data: Path
    source: Source
    folder: Path
    start: Path | None = None
    licence: str | None = None
    seed: int = 0
    weights: Weights = "float16"

    @property
    def resolution(self) -> int:
        """Of the comparison, in pixels."""
        return self.recipe.resolutions[-1]


def untrained_network(order: Order, classes: int) -> DescriptorNet:
    """A reference network with the recipe's compact head, if it has one, or a SuperNet of one subnet.

    A network whose own descriptor is as long as the recipe's stays as it was published.
    """
    recipe = order.recipe
    if order.network in SUBNETS:
        space = recipe.space((order.resolution,))
        one = slice(-1, None) if order.network == SUBNETS[0] else slice(1)
        alone = replace(space, kernels=space.kernels[one], expands=space.expands[one], depths=space.depths[one])
        return untrained(alone, classes, order.seed, recipe.shortcut_gain)
    torch.manual_seed(order.seed)
    rng = np.random.default_rng(order.seed)
    graph = reference_network(order.network).graph(order.resolution, RandomWeights(rng))
    if recipe.descriptor not in (None, graph.outputs[OUTPUT].shape[-1]):
        graph = with_descriptor(graph, recipe.descriptor, rng)
    return in_channels_last(GraphModule(graph, classes))
