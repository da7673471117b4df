"""One network without choices, trained as a SuperNet is: from the same photos, with the same recipe, for any task.

Every photo is seen as often as the SuperNet's run sees it, in the same order and augmentation, under the same head,
batches, learning rates and averaging; what a SuperNet's step spends on its subnets, distillation among them included,
has no counterpart. All epochs are at the resolution of the comparison, the recipe's largest, also where the recipe
begins at a lower one to save time: that costs the network's run more, and it never meets a size that it is not judged
at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from facefit.cli.faces import Parts
from facefit.cli.output import Output
from facefit.cli.sources import SETTINGS, Source
from facefit.cli.training_facts import run_facts, same_run
from facefit.cli.training_run import check_head, run_steps
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.graph import export
from facefit.graph.blocks import RandomWeights
from facefit.graph.reference_networks import reference_network
from facefit.space import SearchSpace
from facefit.supernet.graph_export import export_graph_module
from facefit.supernet.graph_module import OUTPUT, GraphModule, with_descriptor
from facefit.supernet.images import network_input
from facefit.supernet.loading import in_channels_last, take_over, to_shared_weights, untrained
from facefit.supernet.network import DescriptorNet, SuperNet
from facefit.supernet.normalisers import Statistics
from facefit.supernet.reference import as_arrays, pytorch_reference
from facefit.training.checkpoint import load_average
from facefit.training.loop import Trainer
from facefit.training.monitor import Monitor
from facefit.training.recipe import Recipe
from facefit.training.single import for_one_network
from facefit.weights import NetworkMetadata
from facefit.weights.metadata import Task

SUBNETS = ("largest subnet alone", "smallest subnet alone")
FILE = "network.tflite"


@dataclass(frozen=True)
class Order:
    """What is to be trained, and where: `network` is a reference network or one of `SUBNETS`, `recipe` the SuperNet's.

    `start` is the folder of an earlier run of the same network, whose weights are taken over as far as they fit.
    """

    network: str
    task: Task
    recipe: Recipe
    data: Path
    source: Source
    folder: Path
    start: Path | None = None
    licence: str = "not stated"
    seed: int = 0

    @property
    def resolution(self) -> int:
        """Of the comparison, in pixels."""
        return self.recipe.resolutions[-1]


@dataclass(frozen=True)
class Trained:
    """The network with its averaged weights, on the CPU, and what it reaches on the search split."""

    net: DescriptorNet
    statistics: Statistics
    search_split_accuracy: float
    file: Path


def train_one(order: Order, parts: Parts, output: Output, save_seconds: float = 180.0) -> Trained:
    """Trains to the end, or on from the folder's checkpoint, and writes `network.tflite`, checked against PyTorch.

    Batch-norm statistics are recalibrated on photos that it has learnt from, as a SuperNet's are. Raises `InputError`
    where the folder holds a run made of something else.
    """
    recipe = for_one_network(order.recipe, order.resolution)
    check_head(recipe, parts)
    facts = run_facts(recipe, parts, order.data, order.seed) | order.source.facts(parts)
    facts |= {"network": order.network, "start": str(order.start) if order.start else None}
    same_run(order.folder / SETTINGS, facts)
    net = untrained_network(order, len(parts.learning.classes))
    if order.start:
        taken = take_over(net, load_average(order.start / "checkpoint.pt"))
        output.line(f"starts from {taken} of {len(net.state_dict())} tensors")
    whole = net.space.largest
    monitor = Monitor(net, parts.calibration, parts.search_split, {"network": whole})
    trainer = Trainer(net, parts.learning, recipe, order.folder, order.seed)
    if trainer.resume():
        output.line(f"goes on from {order.folder / 'checkpoint.pt'}")
    run_steps(trainer, trainer.steps, lambda phase: monitor(trainer.average), save_seconds, output)
    accuracy = monitor(trainer.average)["network"]
    net.load_state_dict(trainer.average)
    net.to("cpu")
    statistics = net.recalibrate(whole, network_input(parts.calibration, order.resolution))
    _write(order, net, statistics, parts, accuracy)
    return Trained(net, statistics, accuracy, order.folder / FILE)


def untrained_network(order: Order, classes: int) -> DescriptorNet:
    """A reference network with the recipe's compact head, if it has one, or a SuperNet of one subnet.

    A network whose own descriptor is as long as the recipe's stays as it was published.
    """
    recipe = order.recipe
    if order.network in SUBNETS:
        space = SearchSpace.ofa_mbv3(recipe.width, (order.resolution,), recipe.descriptor)
        one = slice(-1, None) if order.network == SUBNETS[0] else slice(1)
        alone = replace(space, kernels=space.kernels[one], expands=space.expands[one], depths=space.depths[one])
        return untrained(alone, classes, order.seed)
    torch.manual_seed(order.seed)
    rng = np.random.default_rng(order.seed)
    graph = reference_network(order.network).graph(order.resolution, RandomWeights(rng))
    if recipe.descriptor not in (None, graph.outputs[OUTPUT].shape[-1]):
        graph = with_descriptor(graph, recipe.descriptor, rng)
    return in_channels_last(GraphModule(graph, classes))


def _write(order: Order, net: DescriptorNet, statistics: Statistics, parts: Parts, accuracy: float) -> None:
    """The network up to its descriptor, with a card that says whom it learnt from."""
    people, path = order.source.people(parts), order.folder / FILE
    told: dict[str, Any] = {"network": order.network, "data": order.data.name, "n": len(parts.learning),
                            "search_split_accuracy": accuracy}  # fmt: skip
    if isinstance(net, GraphModule):
        card = {"task": order.task, "licence": order.licence, "training": told}
        card |= {} if people is None else {"trained_people": people.to_json()}
        export_graph_module(net, statistics, path, mean=IMAGENET_MEAN, std=IMAGENET_STD, card=card, seed=order.seed)
        return
    assert isinstance(net, SuperNet)
    classes = parts.learning.classes if order.task == "expression" else ()
    metadata = NetworkMetadata(order.task, classes, IMAGENET_MEAN, IMAGENET_STD, order.licence, told, people)
    weights = to_shared_weights(net.space, dict(net.named_parameters()), metadata)
    network = weights.extract(net.space.largest, as_arrays(statistics))
    export(network, path, ("descriptor",), reference=(pytorch_reference(network), "PyTorch"), depthwise7="split")
