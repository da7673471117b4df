"""One network, without choices, trained under a SuperNet's recipe and judged on FER2013Valid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from facefit.cli.faces import read_parts
from facefit.cli.output import progress_bar
from facefit.faces.dataset import LabelledFaces
from facefit.faces.ferplus import load_ferplus
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.graph import export
from facefit.graph.blocks import RandomWeights
from facefit.graph.reference_networks import reference_network
from facefit.space import SearchSpace
from facefit.supernet.graph_export import export_graph_module
from facefit.supernet.graph_module import GraphModule
from facefit.supernet.images import network_input
from facefit.supernet.loading import in_channels_last, to_shared_weights, untrained
from facefit.supernet.network import DescriptorNet, SuperNet
from facefit.supernet.normalisers import Statistics
from facefit.supernet.reference import as_arrays, pytorch_reference
from facefit.training.loop import Trainer
from facefit.training.monitor import Monitor
from facefit.training.recipe import Recipe
from facefit.training.single import for_one_network
from facefit.weights import NetworkMetadata

KINDS = ("largest subnet alone", "smallest subnet alone")


def train_alone(name: str, recipe: Recipe, data: Path, images: int | None, folder: Path, seed: int) -> np.ndarray:
    """Trains to the end, or on from where it stopped, writes `network.tflite` into the folder, and returns which photos
    of FER2013Valid it recognises, bool (n,), with statistics recalibrated on photos that it has learnt from."""
    resolution = recipe.resolutions[-1]
    parts = read_parts(data, resolution, seed)
    learning = parts.learning
    assert isinstance(learning, LabelledFaces)  # FER+ fits into memory
    if images is not None:
        learning = learning.where(np.arange(len(learning)) < images)
    net = make(name, recipe, resolution, len(learning.classes), seed)
    alone, whole = for_one_network(recipe, resolution), net.space.largest
    monitor = Monitor(net, parts.calibration, parts.search_split, {"network": whole})
    trainer = Trainer(net, learning, alone, folder, seed)
    trainer.resume()
    total = sum(trainer.steps(phase) for phase in alone.phases)
    with progress_bar(f"training {name}") as progress:
        trainer.run(
            lambda _: progress(trainer.steps_done, total), lambda _: monitor(trainer.average), save_seconds=180.0
        )
    net.load_state_dict(trainer.average)
    net.to("cpu")
    statistics = net.recalibrate(whole, network_input(parts.calibration, resolution))
    write(net, statistics, folder / "network.tflite", learning, seed)
    valid = load_ferplus(data, "valid", "majority")
    logits = net.evaluate(whole, network_input(valid, resolution), statistics).logits
    right: np.ndarray = logits.argmax(1).numpy() == valid.labels
    return right


def make(name: str, recipe: Recipe, resolution: int, classes: int, seed: int) -> DescriptorNet:
    """A reference network, or a SuperNet of one subnet."""
    if name in KINDS:
        space = SearchSpace.ofa_mbv3(recipe.width, (resolution,), recipe.descriptor)
        one = slice(-1, None) if name == KINDS[0] else slice(1)
        alone = replace(space, kernels=space.kernels[one], expands=space.expands[one], depths=space.depths[one])
        return untrained(alone, classes, seed)
    torch.manual_seed(seed)
    graph = reference_network(name).graph(resolution, RandomWeights(np.random.default_rng(seed)))
    return in_channels_last(GraphModule(graph, classes))


def write(net: DescriptorNet, statistics: Statistics, path: Path, faces: LabelledFaces, seed: int) -> None:
    """The network up to its descriptor, for size and latency."""
    if isinstance(net, GraphModule):
        card = {"task": "expression"}
        export_graph_module(net, statistics, path, mean=IMAGENET_MEAN, std=IMAGENET_STD, card=card, seed=seed)
        return
    assert isinstance(net, SuperNet)
    metadata = NetworkMetadata("expression", faces.classes, IMAGENET_MEAN, IMAGENET_STD, "research only", {})
    weights = to_shared_weights(net.space, dict(net.named_parameters()), metadata)
    network = weights.extract(net.space.largest, as_arrays(statistics))
    export(network, path, ("descriptor",), reference=(pytorch_reference(network), "PyTorch"), depthwise7="split")
