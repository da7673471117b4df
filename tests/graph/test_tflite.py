"""What the emitted files compute, against two independent computations of the same network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.errors import ArtifactError, InputError
from facefit.graph import (
    LoadedModel,
    emit_tflite,
    layer_graph,
    network_graph,
    random_network,
    reference_outputs,
)
from facefit.graph.blocks import RandomWeights, conv_layer, inverted_residual
from facefit.graph.graph import Graph
from facefit.graph.nodes import Convolution, Depthwise, Input, Node
from facefit.graph.parity import random_images
from facefit.space import Block, InvertedResidual, Subnet, ofa_mbv3
from facefit.space.population import decode, sample
from facefit.weights import StaticNetwork

SPACE = ofa_mbv3(width=0.5, resolutions=(48, 64))
BOTH = ("descriptor", "probabilities")
CLASSES = ("anger", "joy", "calm")


def network_of(subnet: Subnet, seed: int = 0) -> StaticNetwork:
    return random_network(SPACE, subnet, np.random.default_rng(seed), CLASSES)


def run(data: bytes, pixels: np.ndarray) -> dict[str, np.ndarray]:
    model = LoadedModel(data)
    rows = [model.run(image=image[None]) for image in pixels]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def assert_close(seen: np.ndarray, wanted: np.ndarray, tolerance: float = 2e-5) -> None:
    assert seen.shape == wanted.shape
    assert np.abs(seen - wanted).max() <= tolerance * np.abs(wanted).max()


def uniform(kernel: int, expand: int, depth: int = 2) -> Subnet:
    return Subnet(((Block(kernel, expand),) * depth,) * len(SPACE.groups), 64)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["plain", "split"]))
def test_random_subnets_compute_what_the_reference_computes(seed, depthwise7):
    rng = np.random.default_rng(seed)
    subnet = decode(SPACE, sample(SPACE, 1, rng))[0]
    network = random_network(SPACE, subnet, rng, CLASSES)
    pixels = random_images(subnet.resolution, 2, rng)
    wanted = reference_outputs(network, pixels)
    seen = run(emit_tflite(network_graph(network, BOTH), depthwise7), pixels)
    for name in BOTH:
        assert_close(seen[name], wanted[name])
    assert np.abs(wanted["descriptor"][0] - wanted["descriptor"][1]).max() > 1e-2


@pytest.mark.parametrize("depthwise7", ["plain", "split"])
@pytest.mark.parametrize("weights", ["float32", "float16"])
def test_one_delegate_partition_holds_everything(depthwise7, weights):
    graph = network_graph(network_of(uniform(7, 3)), BOTH)
    delegation = LoadedModel(emit_tflite(graph, depthwise7, weights=weights)).delegation()
    assert delegation.whole, delegation


def test_operators_outside_the_delegate_are_seen(monkeypatch):
    from facefit.graph import lowering

    monkeypatch.setitem(lowering._FUSED, "relu", lowering.schema.ActivationFunctionType.SIGN_BIT)
    delegation = LoadedModel(emit_tflite(layer_graph(SPACE.layers(uniform(3, 3))[1]))).delegation()
    assert not delegation.whole


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [4, 5, 9, 12])
@pytest.mark.parametrize("depthwise7", ["plain", "split"])
@pytest.mark.parametrize("activation", ["none", "relu", "relu6", "h_swish", "silu", "sigmoid"])
def test_7x7_depthwise_against_a_direct_sum(stride, size, depthwise7, activation):
    rng = np.random.default_rng(size)
    image = Input("x", (1, size, size, 5))
    node = Depthwise(image, *(rng.normal(size=s).astype(np.float32) for s in ((7, 7, 5), (5,))), stride, activation)
    x = rng.normal(size=image.shape).astype(np.float32)
    seen = LoadedModel(emit_tflite(Graph(image, {"y": node}), depthwise7)).run(x=x)["y"][0]

    padded = np.pad(x[0].astype(np.float64), ((3, 3), (3, 3), (0, 0)))
    wanted = np.empty(node.shape[1:])
    for i, j in np.ndindex(wanted.shape[:2]):
        window = padded[i * stride : i * stride + 7, j * stride : j * stride + 7]
        wanted[i, j] = (window * node.weight).sum((0, 1)) + node.bias
    activations = {
        "none": lambda v: v,
        "relu": lambda v: np.maximum(v, 0),
        "relu6": lambda v: np.clip(v, 0, 6),
        "h_swish": lambda v: v * np.clip(v + 3, 0, 6) / 6,
        "silu": lambda v: v / (1 + np.exp(-v)),
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    }
    np.testing.assert_allclose(seen, activations[activation](wanted), atol=1e-5)


def test_split_and_plain_differ_in_form_only_where_there_is_a_7x7():
    for kernel, same in ((5, True), (7, False)):
        graph = network_graph(network_of(uniform(kernel, 3)))
        assert (emit_tflite(graph, "plain") == emit_tflite(graph, "split")) is same


def test_float16_weights_halve_the_file_and_keep_the_descriptor():
    network = network_of(uniform(5, 4))
    pixels = random_images(64, 2, np.random.default_rng(1))
    graph, wanted = network_graph(network), reference_outputs(network, pixels)["descriptor"]
    whole, half = emit_tflite(graph), emit_tflite(graph, weights="float16")
    assert len(half) < 0.53 * len(whole)
    seen = run(half, pixels)["descriptor"]
    cosine = (seen * wanted).sum(1) / np.linalg.norm(seen, axis=1) / np.linalg.norm(wanted, axis=1)
    assert cosine.min() > 0.9999


def test_emission_is_deterministic_and_outputs_bear_their_names():
    network = network_of(uniform(3, 3))
    data = emit_tflite(network_graph(network, BOTH))
    assert data == emit_tflite(network_graph(network, BOTH))
    model = LoadedModel(data)
    assert model.input_shapes == {"image": (1, 64, 64, 3)}
    assert model.output_shapes == {"descriptor": (1, SPACE.feature_width), "probabilities": (1, 3)}
    assert list(LoadedModel(emit_tflite(network_graph(network, ("probabilities",)))).output_shapes) == ["probabilities"]


def test_weights_are_aligned_to_16_bytes():
    network = network_of(uniform(3, 3))
    data = emit_tflite(network_graph(network))
    weight = np.ascontiguousarray(network.tensors["feature.weight"].reshape(SPACE.feature_width, -1)).tobytes()
    assert data.index(weight) % 16 == 0


def test_normalisation_is_exact_at_the_border():
    """Zero padding stands for the mean colour: an image of the mean colour is the same everywhere."""
    network = network_of(uniform(3, 3))
    network = replace(network, metadata=replace(network.metadata, mean=(0.2, 0.4, 0.6), std=(0.1, 0.2, 0.4)))
    pixels = np.tile(np.float32([51, 102, 153]), (1, 64, 64, 1))
    stem = SPACE.opening_layers(64)[0]
    graph = network_graph(network)
    first = next(node for node in graph.nodes if isinstance(node, Convolution))
    assert first.weight.shape[0] == stem.out_channels
    y = LoadedModel(emit_tflite(Graph(graph.input, {"y": first}))).run(image=pixels)["y"][0]
    np.testing.assert_allclose(y, np.broadcast_to(y[16, 16], y.shape), atol=1e-6)


def layers_of_all_kinds() -> list:
    subnets = [uniform(7, 6, 2), uniform(5, 3, 2), uniform(3, 4, 2)]
    return list({layer.name: layer for subnet in subnets for layer in SPACE.layers(subnet)}.values())


@pytest.mark.parametrize("layer", layers_of_all_kinds(), ids=lambda layer: layer.name)
def test_single_layers_have_the_layers_shapes_and_run_in_one_partition(layer):
    model = LoadedModel(emit_tflite(layer_graph(layer)))
    channels = layer.channels if layer.name.startswith("AvgPool") else layer.out_channels
    side = 1 if layer.name.startswith("AvgPool") else layer.output_size
    assert model.output_shapes == {"y": (1, side, side, channels)}
    assert model.delegation().whole
    x = np.random.default_rng(0).random(model.input_shapes["x"], np.float32)
    y = model.run(x=x)["y"]
    assert np.isfinite(y).all() and y.max() > 0
    assert np.abs(model.run(x=x[:, ::-1] + 1)["y"] - y).max() > 0


def test_missing_and_misshapen_tensors_are_named():
    network = network_of(uniform(3, 3))
    tensors = dict(network.tensors)
    del tensors["blocks.1.depthwise.conv.weight"]
    with pytest.raises(ArtifactError, match=r"blocks\.1\.depthwise"):
        network_graph(replace(network, tensors=tensors))
    with pytest.raises(ArtifactError, match=r"head\.conv\.weight.*needs"):
        network_graph(replace(network, tensors=network.tensors | {"head.conv.weight": np.zeros((3, 3), np.float32)}))
    bare = {name: tensor for name, tensor in network.tensors.items() if not name.startswith("classifier")}
    with pytest.raises(InputError, match="no classifier"):
        network_graph(replace(network, tensors=bare), BOTH)


def torch_block(layer: InvertedResidual, tensors: dict, x):
    """The block in PyTorch's own functions."""
    import torch
    import torch.nn.functional as F

    t = {name: torch.from_numpy(values) for name, values in tensors.items()}
    act = {"relu": F.relu, "h_swish": F.hardswish}[layer.activation]

    def normed(name, y):
        parts = (t[f"{name}.norm.{p}"] for p in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(y, *parts, training=False, eps=1e-5)

    y = act(normed("expand", F.conv2d(x, t["expand.conv.weight"])))
    y = F.conv2d(
        y, t["depthwise.conv.weight"], stride=layer.stride, padding=layer.kernel // 2, groups=layer.mid_channels
    )
    y = act(normed("depthwise", y))
    if layer.squeeze_channels:
        z = y.mean((2, 3), keepdim=True)
        z = F.relu(F.conv2d(z, t["squeeze.reduce.weight"], t["squeeze.reduce.bias"]))
        y = y * F.hardsigmoid(F.conv2d(z, t["squeeze.expand.weight"], t["squeeze.expand.bias"]))
    y = normed("project", F.conv2d(y, t["project.conv.weight"]))
    return x + y if layer.residual else y


@pytest.mark.parametrize("index", range(10))
def test_blocks_against_pytorch(index):
    torch = pytest.importorskip("torch")
    from facefit.graph.networks import FoldedWeights

    network = network_of(uniform((3, 5, 7)[index % 3], 4), seed=index)
    layer = SPACE.block_layers(network.subnet)[index]
    prefix = f"blocks.{index}."
    tensors = {n.removeprefix(prefix): v for n, v in network.tensors.items() if n.startswith(prefix)}
    image = Input("x", (1, layer.input_size, layer.input_size, layer.in_channels))
    node = inverted_residual(image, layer, FoldedWeights(network), prefix)
    x = np.random.default_rng(index).normal(size=image.shape).astype(np.float32)
    seen = LoadedModel(emit_tflite(Graph(image, {"y": node}))).run(x=x)["y"]
    with torch.no_grad():
        wanted = torch_block(layer, tensors, torch.from_numpy(x.transpose(0, 3, 1, 2)))
    assert_close(seen.transpose(0, 3, 1, 2), wanted.numpy())


def test_nodes_come_after_their_sources_and_once():
    weights = RandomWeights(np.random.default_rng(0))
    graph = network_graph(network_of(uniform(3, 3)), BOTH)
    seen: set[int] = set()
    for node in graph.nodes:
        assert all(id(source) in seen for source in node.sources)
        assert id(node) not in seen
        seen.add(id(node))
    x: Node = Input("x", (1, 8, 8, 3))
    assert conv_layer(x, SPACE.opening_layers(8)[0], weights).sources == (x,)
