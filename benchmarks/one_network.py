"""One network without choices, trained as a SuperNet is: from the same photos, with the same recipe, for any task.

Every photo is seen as often as the SuperNet's run sees it, in the same order and augmentation, under the same head,
batches, learning rates and averaging; what a SuperNet's step spends on its subnets, distillation among them included,
has no counterpart. All epochs are at the resolution of the comparison, the recipe's largest, also where the recipe
begins at a lower one to save time: that costs the network's run more, and it never meets a size that it is not judged
at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from one_network_order import FILE, Order, untrained_network
from starts import Start, load_start

from facefit.cli.faces import Parts
from facefit.cli.output import Output
from facefit.cli.sources import SETTINGS
from facefit.cli.training_facts import excluded_lines, run_facts, same_run
from facefit.cli.training_run import check_head, run_steps
from facefit.errors import InputError
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.graph import export, forms
from facefit.supernet.graph_export import export_graph_module
from facefit.supernet.graph_module import GraphModule
from facefit.supernet.images import network_input
from facefit.supernet.loading import take_over, to_shared_weights
from facefit.supernet.network import DescriptorNet, SuperNet
from facefit.supernet.normalisers import Statistics
from facefit.supernet.reference import as_arrays, pytorch_reference
from facefit.training.loop import Trainer
from facefit.training.monitor import Monitor
from facefit.training.single import for_one_network
from facefit.weights import NetworkMetadata, SeenPeople, TrainedPeople
from facefit.weights.people import with_those_before


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
    where the folder holds a run made of something else, or nothing of the start fits.
    """
    recipe = for_one_network(order.recipe, order.resolution)
    check_head(recipe, parts)
    facts = run_facts(recipe, parts, order.data, order.seed) | order.source.facts(parts)
    facts |= {"network": order.network, "start": str(order.start) if order.start else None}
    same_run(order.folder / SETTINGS, facts)
    for line in excluded_lines(facts):
        output.line(line)
    net = untrained_network(order, len(parts.learning.classes))
    start = load_start(order.start, order.network) if order.start else None
    if start:
        taken = take_over(net, start.tensors)
        if not taken:
            raise InputError(f"{order.start}: no tensor fits; expected weights of {order.network}, or leave them out")
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
    _write(order, net, statistics, parts, accuracy, start)
    return Trained(net, statistics, accuracy, order.folder / FILE)


def _write(
    order: Order, net: DescriptorNet, statistics: Statistics, parts: Parts, accuracy: float, start: Start | None
) -> None:
    """The network with the outputs of a fitted subnet of its task, and a card that says whom it learnt from."""
    people, path = _people(order, parts, start), order.folder / FILE
    licence = order.licence or (start.licence if start else None) or "not stated"
    told: dict[str, Any] = {"network": order.network, "data": order.data.name, "n": len(parts.learning),
                            "search_split_accuracy": accuracy}  # fmt: skip
    classes = parts.learning.classes if order.task == "expression" else ()
    if isinstance(net, GraphModule):
        card = {"task": order.task, "licence": licence, "training": told}
        card |= people.to_card()
        export_graph_module(
            net, statistics, path, mean=IMAGENET_MEAN, std=IMAGENET_STD, card=card, classes=classes,
            weights=order.weights, seed=order.seed,
        )  # fmt: skip
        return
    assert isinstance(net, SuperNet)
    metadata = NetworkMetadata(
        order.task, classes, IMAGENET_MEAN, IMAGENET_STD, licence, told, people.trained, search_people=people.searched
    )
    weights = to_shared_weights(net.space, dict(net.named_parameters()), metadata)
    network, outputs = weights.extract(net.space.largest, as_arrays(statistics)), outputs_of(classes)
    reference = pytorch_reference(network), "PyTorch"
    export(network, path, outputs, reference=reference, depthwise7="split", weights=order.weights)


def _people(order: Order, parts: Parts, start: Start | None) -> SeenPeople:
    """Whom the weights have learnt from, those of a start included. There is nothing to search among."""
    trained = order.source.people(parts).trained
    if start:
        trained = with_those_before(trained, parts.learning.protocol, start.people)
    return SeenPeople(trained, None if trained is None else TrainedPeople(frozenset()))


def outputs_of(classes: Sequence[str]) -> tuple[forms.Output, ...]:
    """What a file gives: probabilities only where there are classes to tell apart."""
    return ("descriptor", "probabilities") if classes else ("descriptor",)
