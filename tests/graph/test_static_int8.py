"""Networks that compute in int8."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.errors import InputError, ParityError
from facefit.graph import (
    LoadedModel,
    StaticInt8,
    efficientnet_b0,
    emit_static_int8,
    emit_tflite,
    export,
    network_graph,
    random_network,
    reference_outputs,
)
from facefit.graph.graph import Graph
from facefit.graph.int8_form import int8_form
from facefit.graph.nodes import Activate, Add, Convolution, Depthwise, Gate, Input, Multiply
from facefit.graph.parity import random_images
from facefit.graph.ranges import choose_steps, observe
from facefit.graph.rewriting import split_depthwise7
from facefit.graph.whole_numbers import Steps, per_channel, whole_bias
from facefit.space import Block, Subnet, ofa_mbv3
from facefit.weights import StaticNetwork

SPACE = ofa_mbv3(width=0.5, resolutions=(48,))
BOTH = ("descriptor", "probabilities")


def network_of(kernel: int, expand: int = 3, seed: int = 0) -> StaticNetwork:
    subnet = Subnet(((Block(kernel, expand),) * 2,) * len(SPACE.groups), 48)
    return random_network(SPACE, subnet, np.random.default_rng(seed), ("anger", "joy", "calm"))


def faces(n: int = 48, seed: int = 5) -> StaticInt8:
    return StaticInt8(random_images(48, n, np.random.default_rng(seed)), "random images")


def run(data: bytes, pixels: np.ndarray) -> dict[str, np.ndarray]:
    model = LoadedModel(data)
    rows = [model.run(image=image[None]) for image in pixels]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_the_int8_form_computes_the_same_without_h_swish_on_images(kernel):
    graph = network_graph(network_of(kernel), BOTH)
    form = int8_form(split_depthwise7(graph))
    for node in form.nodes:
        activation = getattr(node, "activation", "none")
        assert activation != "h_swish" or (isinstance(node, Activate) and node.shape[1:3] == (1, 1))
    pixels = random_images(48, 2, np.random.default_rng(1))
    wanted, seen = run(emit_tflite(graph), pixels), run(emit_tflite(form), pixels)
    for name in BOTH:
        np.testing.assert_allclose(seen[name], wanted[name], atol=2e-5 * np.abs(wanted[name]).max())


def test_rewritten_graphs_go_to_onnx_too():
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")
    from facefit.graph.onnx_graph import emit_onnx

    graph = network_graph(network_of(7))
    pixels = random_images(48, 1, np.random.default_rng(1))
    wanted = run(emit_tflite(graph), pixels)["descriptor"]
    session = onnxruntime.InferenceSession(emit_onnx(int8_form(split_depthwise7(graph))))
    (seen,) = session.run(None, {"image": pixels.transpose(0, 3, 1, 2)})
    np.testing.assert_allclose(seen, wanted, atol=2e-5 * np.abs(wanted).max())


def test_terms_of_a_sum_are_brought_to_the_same_multiple():
    """Both are six times what is meant after their h-swish, or one is and cannot be scaled for nothing."""
    rng = np.random.default_rng(0)
    image = Input("image", (1, 6, 6, 4))

    def conv(x, activation):
        weight, bias = rng.normal(size=(4, 1, 1, 4)).astype(np.float32), rng.normal(size=4).astype(np.float32)
        return Convolution(x, weight, bias, 1, activation)

    for first, second in (("h_swish", "relu"), ("relu", "h_swish"), ("h_swish", "none"), ("h_swish", "h_swish")):
        for activation in ("none", "relu", "relu6", "h_swish"):
            graph = Graph(image, {"y": Add(conv(image, first), conv(image, second), activation)})
            x = rng.normal(size=image.shape).astype(np.float32)
            wanted = LoadedModel(emit_tflite(graph)).run(image=x)["y"]
            form = int8_form(graph)
            np.testing.assert_allclose(LoadedModel(emit_tflite(form)).run(image=x)["y"], wanted, atol=1e-5)


@pytest.mark.parametrize("kernel", [3, 7])
def test_one_partition_takes_floats_and_answers_nearly_the_same(kernel):
    network, pixels = network_of(kernel), random_images(48, 8, np.random.default_rng(9))
    graph = network_graph(network, BOTH)
    data = emit_static_int8(graph, faces())
    model = LoadedModel(data)
    assert model.delegation().whole, model.delegation()
    assert model.input_types == {"image": np.dtype(np.float32)}
    assert len(data) < 0.4 * len(emit_tflite(graph))
    seen, wanted = run(data, pixels), reference_outputs(network, pixels)
    assert seen["descriptor"].dtype == seen["probabilities"].dtype == np.float32
    assert cosine(seen["descriptor"], wanted["descriptor"]).min() > 0.95
    np.testing.assert_allclose(seen["probabilities"].sum(1), 1, atol=1e-5)


def test_the_same_faces_give_the_same_file():
    graph = network_graph(network_of(5))
    assert emit_static_int8(graph, faces()) == emit_static_int8(graph, faces())
    assert emit_static_int8(graph, faces()) != emit_static_int8(graph, faces(seed=6))


def test_cutting_a_range_off_pays_where_few_values_are_large():
    """A range of least squared error is smaller than what was seen, but not where terms are added up."""
    rng = np.random.default_rng(0)
    image = Input("image", (1, 16, 16, 1))
    alone = Depthwise(image, np.ones((1, 1, 1), np.float32), np.zeros(1, np.float32))
    graph = Graph(image, {"alone": alone, "sum": Add(alone, image)})
    images = rng.normal(size=(2048, 16, 16, 1)).astype(np.float32)
    images[0, 0, 0, 0] = 400.0
    for output, cut in (("alone", True), ("sum", False)):
        part = Graph(image, {output: graph.outputs[output]})
        seen = observe(part, images, np.random.default_rng(0))
        steps = choose_steps(part, seen)[id(alone)]
        assert seen[id(alone)].high == 400
        assert (255 * steps.step < 350) is cut


def test_what_is_cut_off_below_a_gate_does_not_matter():
    image = Input("image", (1, 8, 8, 1))
    x = Depthwise(image, np.ones((1, 1, 1), np.float32), np.zeros(1, np.float32))
    graph = Graph(image, {"y": Multiply(x, Gate(x))})
    images = np.random.default_rng(0).uniform(-50, 5, (64, 8, 8, 1)).astype(np.float32)
    steps = choose_steps(graph, observe(graph, images, np.random.default_rng(0)))[id(x)]
    assert steps.rounded(np.array([-50.0]))[0] == pytest.approx(-3, abs=steps.step)


@settings(max_examples=100, deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_steps_cover_their_range_and_zero_exactly(a, b):
    low, high = min(a, b), max(a, b)
    steps = Steps.covering(low, high)
    assert -128 <= steps.zero <= 127 and steps.step > 0
    assert steps.rounded(np.zeros(1))[0] == 0
    ends = np.array([low, high])
    assert np.abs(steps.rounded(ends) - ends).max() <= 1.01 * steps.step


def test_tiny_weights_leave_room_for_their_bias():
    weight = np.full((2, 1, 1, 3), 1e-12, np.float32)
    bias = np.float32([5.0, 0.0])
    whole = per_channel(weight, 0, bias, 0.1)
    stored = whole_bias(bias, whole, 0.1)
    np.testing.assert_allclose(stored.values * stored.steps, bias, rtol=1e-6)
    assert stored.values.dtype == np.int32 and whole.values.dtype == np.int8


def test_networks_without_an_int8_form_are_refused():
    with pytest.raises(InputError, match="silu"):
        emit_static_int8(efficientnet_b0(48, np.random.default_rng(0)), faces())


@pytest.mark.parametrize("shape", [(8, 48, 48, 3), (40, 48, 32, 3), (40, 48, 48)])
def test_unfit_faces_are_refused(shape):
    with pytest.raises(InputError, match="expected float32 pixels"):
        StaticInt8(np.zeros(shape, np.float32), "nothing")


def test_the_card_says_how_it_was_calibrated(tmp_path):
    network, path = network_of(3), tmp_path / "face.tflite"
    told = []
    result = export(network, path, BOTH, weights=faces(), progress=lambda done, total: told.append((done, total)))
    card = json.loads(path.with_suffix(".card.json").read_text())
    assert card["weights"] == "int8-static"
    assert card["calibration"]["faces"] == {"source": "random images", "observed": 32, "compared": 16}
    assert card["parity"]["images"] == 16 and card["parity"]["max_abs"] == result.parity_max_abs
    assert result.delegate_partitions == 1 and told[-1] == (32, 32)


def test_a_file_that_answers_otherwise_is_not_written(tmp_path):
    other = network_of(3, seed=1)
    with pytest.raises(ParityError, match="differs"):
        export(
            network_of(3),
            tmp_path / "face.tflite",
            weights=faces(),
            reference=(lambda pixels: reference_outputs(other, pixels), "another network"),
        )
    assert list(tmp_path.iterdir()) == []
