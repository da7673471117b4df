"""Networks of the graph room learn in PyTorch, and come back as files that compute the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from facefit.errors import InputError
from facefit.faces.normalisation import IMAGENET_MEAN, IMAGENET_STD
from facefit.graph.blocks import RandomWeights
from facefit.graph.graph import Graph
from facefit.graph.interpreter import LoadedModel
from facefit.graph.nodes import (
    Convolution,
    Depthwise,
    Flatten,
    GlobalMean,
    Input,
    Multiply,
    Node,
    Offset,
    Pad,
    Prelu,
)
from facefit.graph.parity import random_images
from facefit.graph.reference_networks import reference_network
from facefit.graph.tflite import emit_tflite
from facefit.runtime import Descriptor
from facefit.supernet.graph_export import export_graph_module, folded_graph
from facefit.supernet.graph_module import OUTPUT, GraphModule, with_descriptor
from facefit.supernet.normalisers import normalise_by_batch

NETWORKS = ("EfficientNet-B0", "MobileFaceNet", "MobileNetV3-Small")
SIZE = 48


def graph(name: str) -> Graph:
    return reference_network(name).graph(SIZE, RandomWeights(np.random.default_rng(0)))


def shaken(module: GraphModule, seed: int = 0) -> GraphModule:
    """Every parameter moved a little: norms that are the identity would hide a mistake."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return module


def images(n: int) -> torch.Tensor:
    pixels = random_images(SIZE, n, np.random.default_rng(1))
    x = (pixels / 255 - np.array(IMAGENET_MEAN)) / np.array(IMAGENET_STD)
    return torch.from_numpy(x.astype(np.float32)).permute(0, 3, 1, 2)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_computes_what_the_module_computes(name: str, tmp_path: Path) -> None:
    module = shaken(GraphModule(with_descriptor(graph(name), 24, np.random.default_rng(0)), 0))
    statistics = module.recalibrate(module.space.largest, images(48))
    path = tmp_path / "baseline.tflite"
    card = {"task": "identity", "network": name}
    parity = export_graph_module(
        module, statistics, path, mean=IMAGENET_MEAN, std=IMAGENET_STD, card=card, weights="float32"
    )
    assert 0 < parity.max_abs < 1e-4 and parity.cosine_min > 0.99999
    embed = Descriptor(path)
    assert embed.card["network"] == name and embed.input_size == SIZE
    assert embed.card == json.loads(path.with_suffix(".card.json").read_text())
    pixels = random_images(SIZE, 5, np.random.default_rng(7))
    x = torch.from_numpy(((pixels / 255 - np.array(IMAGENET_MEAN)) / np.array(IMAGENET_STD)).astype(np.float32))
    wanted = module.evaluate(module.space.largest, x.permute(0, 3, 1, 2), statistics).descriptor.numpy()
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    seen = embed(pixels.astype(np.uint8))
    np.testing.assert_allclose(seen, wanted, atol=1e-4)
    assert np.abs(seen[0] - seen[1]).max() > 1e-3


def test_files_are_of_float16_unless_asked_otherwise(tmp_path: Path) -> None:
    module = shaken(GraphModule(graph("MobileFaceNet"), 0))
    statistics, card = module.recalibrate(module.space.largest, images(48)), {"task": "identity"}
    paths = small, whole = tmp_path / "small.tflite", tmp_path / "whole.tflite"
    common = {"mean": IMAGENET_MEAN, "std": IMAGENET_STD, "card": card}
    rounded = export_graph_module(module, statistics, small, **common)
    parity = export_graph_module(module, statistics, whole, **common, weights="float32")
    assert parity.max_abs < rounded.max_abs < 5e-3
    assert [Descriptor(path).card["weights"] for path in paths] == ["float16", "float32"]
    assert 1.8 * small.stat().st_size < whole.stat().st_size


def test_a_file_with_classes_gives_the_classifiers_probabilities(tmp_path: Path) -> None:
    classes, path = ("a", "b", "c"), tmp_path / "classifier.tflite"
    module = shaken(GraphModule(graph("MobileNetV3-Small"), len(classes)))
    statistics = module.recalibrate(module.space.largest, images(48))
    card = {"task": "expression"}
    export_graph_module(
        module, statistics, path, mean=IMAGENET_MEAN, std=IMAGENET_STD, card=card, classes=classes, weights="float32"
    )
    embed = Descriptor(path)
    assert embed.classes == classes and embed.card["outputs"] == ["descriptor", "probabilities"]
    pixels = random_images(SIZE, 4, np.random.default_rng(3)).astype(np.uint8)
    x = torch.from_numpy(((pixels / 255 - np.array(IMAGENET_MEAN)) / np.array(IMAGENET_STD)).astype(np.float32))
    logits = module.evaluate(module.space.largest, x.permute(0, 3, 1, 2), statistics).logits
    np.testing.assert_allclose(embed.probabilities(pixels), logits.softmax(1).numpy(), atol=1e-4)
    assert embed(pixels).shape == (4, module.space.feature_width)


def test_with_identity_statistics_the_module_is_the_graph_it_came_from() -> None:
    """Norms that change nothing leave the graph's own weights, without biases."""
    own = graph("EfficientNet-B0")
    module = GraphModule(own, 3)
    norms = {f"{name}.norm": layer.norm for name, layer in module.named_modules() if getattr(layer, "norm", None)}
    ones = {name: (torch.zeros_like(norm.bias), torch.ones_like(norm.bias) - 1e-5) for name, norm in norms.items()}
    back = folded_graph(module, ones, (0.5, 0.5, 0.5), (1 / 255,) * 3)
    pairs = [(a, b) for a, b in zip(own.nodes, back.nodes, strict=True) if isinstance(a, Convolution | Depthwise)]
    assert len(pairs) == 16 * 5 + 1  # 16 blocks, the first without expansion; stem and head
    for a, b in pairs:
        np.testing.assert_allclose(b.weight, a.weight, rtol=1e-5, atol=1e-7)
    assert sum(np.array_equal(a.bias, b.bias) for a, b in pairs) == 32  # those of the gates
    assert own.parameters == back.parameters


@pytest.mark.parametrize(("name", "gates"), [("EfficientNet-B0", 32), ("MobileFaceNet", 0)])
def test_all_convolutions_but_those_of_gates_have_norms(name: str, gates: int) -> None:
    module = GraphModule(graph(name), 0)
    convolutions = [layer for layer in module.layers.values() if hasattr(layer, "conv")]
    assert sum(layer.norm is None for layer in convolutions) == gates
    assert all((layer.conv.bias is None) == (layer.norm is not None) for layer in convolutions)


def test_gradients_reach_every_parameter_and_it_learns() -> None:
    torch.manual_seed(0)
    module = GraphModule(with_descriptor(graph("MobileFaceNet"), 16, np.random.default_rng(0)), 2)
    x, labels = images(16), torch.arange(16) % 2
    x[labels == 1] += 1.0
    optimiser, losses = torch.optim.Adam(module.parameters(), lr=3e-3), []
    for _ in range(12):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(module(x, module.space.largest, normalise_by_batch).logits, labels)
        loss.backward()
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in module.parameters())
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def check_computes_what_it_learnt(image: Input, last: Node, rng: np.random.Generator) -> None:
    """The folded graph of a module that ends in the mean of `last` answers to pixels as the module does."""
    module = shaken(GraphModule(Graph(image, {OUTPUT: Flatten(GlobalMean(last))}), 0))
    inputs = torch.randn(9, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    statistics = module.recalibrate(module.space.largest, inputs)
    model = LoadedModel(emit_tflite(folded_graph(module, statistics, IMAGENET_MEAN, IMAGENET_STD)))
    pixels = random_images(8, 1, rng)
    normal = torch.from_numpy(((pixels / 255 - np.array(IMAGENET_MEAN)) / np.array(IMAGENET_STD)).astype(np.float32))
    wanted = module.evaluate(module.space.largest, normal.permute(0, 3, 1, 2), statistics).descriptor
    np.testing.assert_allclose(model.run(image=pixels)[OUTPUT], wanted, rtol=1e-4, atol=1e-5)


def test_a_graph_without_centring_gets_one() -> None:
    image, rng = Input("image", (1, 8, 8, 3)), np.random.default_rng(0)
    x: Node = Convolution(image, rng.standard_normal((4, 3, 3, 3), np.float32), np.zeros(4, np.float32), 2)
    check_computes_what_it_learnt(image, Prelu(x, np.full(4, 0.3, np.float32)), rng)


def test_zeros_around_the_image_stay_zeros_of_normalised_pixels() -> None:
    """AlexNet begins with them."""
    image, rng = Input("image", (1, 8, 8, 3)), np.random.default_rng(0)
    weight, bias = rng.standard_normal((4, 3, 3, 3), np.float32), np.zeros(4, np.float32)
    padded = Convolution(Pad(image, 2), weight, bias, stride=2, activation="relu", padding="valid")
    check_computes_what_it_learnt(image, padded, rng)


def test_other_graphs_are_refused() -> None:
    own = graph("MobileFaceNet")
    with pytest.raises(InputError, match="expected 'descriptor' alone"):
        GraphModule(replace(own, outputs={"probabilities": own.outputs[OUTPUT]}), 0)
    image = Input("image", (1, 8, 8, 3))
    gated = Graph(image, {OUTPUT: Flatten(GlobalMean(Multiply(image, GlobalMean(image))))})
    with pytest.raises(InputError, match="read by a"):
        folded_graph(GraphModule(gated, 0), {}, IMAGENET_MEAN, IMAGENET_STD)
    twice = Graph(
        image, {OUTPUT: Flatten(GlobalMean(Offset(Offset(image, np.zeros(3, np.float32)), np.ones(3, np.float32))))}
    )
    with pytest.raises(InputError, match="cannot be folded back"):
        GraphModule(twice, 0)
