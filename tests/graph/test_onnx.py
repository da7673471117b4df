"""ONNX files compute what their networks compute, by ONNX Runtime's word."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from facefit.errors import MissingExtra, ParityError
from facefit.faces.detector_networks import landmark_graph, load_weights
from facefit.graph import efficientnet_b0, export_onnx, layer_graph, random_network, reference_outputs
from facefit.graph.interpreter import LoadedModel
from facefit.graph.parity import random_images
from facefit.graph.tflite import emit_tflite
from facefit.space import Block, Subnet, ofa_mbv3

onnx = pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")

SPACE = ofa_mbv3(width=0.35, resolutions=(48,))
SUBNET = Subnet(((Block(7, 6), Block(5, 3)), *SPACE.smallest.groups[1:]), 48)
BOTH = ("descriptor", "probabilities")


@pytest.fixture
def network():
    return random_network(SPACE, SUBNET, np.random.default_rng(0), ("sad", "glad"))


def run(data, image):
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (name,) = [given.name for given in session.get_inputs()]
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {name: image}), strict=True))


def test_the_file_computes_what_the_network_computes_for_any_number_of_images(network, tmp_path):
    result = export_onnx(network, tmp_path / "face.onnx", BOTH)
    assert result.format == "onnx" and result.size_bytes == (tmp_path / "face.onnx").stat().st_size
    assert 0 < result.parity_max_abs < 1e-4 and result.parity_cosine_min > 0.99999
    images = random_images(48, 3, np.random.default_rng(5))
    expected = reference_outputs(network, images)
    seen = run((tmp_path / "face.onnx").read_bytes(), images.transpose(0, 3, 1, 2))
    assert list(seen) == list(BOTH)
    for name in BOTH:
        np.testing.assert_allclose(seen[name], expected[name], rtol=0, atol=1e-4 * np.abs(expected[name]).max())


def test_the_card_is_inside_and_beside(network, tmp_path):
    export_onnx(network, tmp_path / "face.onnx", BOTH)
    model = onnx.load(tmp_path / "face.onnx")
    (inside,) = [json.loads(entry.value) for entry in model.metadata_props if entry.key == "facefit.card"]
    assert inside == json.loads((tmp_path / "face.onnx.card.json").read_text())
    assert inside["preprocessing"]["layout"] == "NCHW" and inside["classes"] == ["sad", "glad"]
    assert inside["parity"]["max_abs"] < 1e-4
    assert model.opset_import[0].version == 17


DETECTOR = landmark_graph(load_weights())  # pooling, slopes and convolutions without padding


@pytest.mark.parametrize(
    "graph", [efficientnet_b0(32, np.random.default_rng(0)), layer_graph(SPACE.layers(SUBNET)[1]), DETECTOR]
)
def test_every_operator_means_the_same_as_in_tflite(graph):
    from facefit.graph.onnx_graph import emit_onnx

    x = np.random.default_rng(1).uniform(0, 255, graph.input.shape).astype(np.float32)
    expected = LoadedModel(emit_tflite(graph)).run(**{graph.input.name: x})
    for name, seen in run(emit_onnx(graph), x.transpose(0, 3, 1, 2)).items():
        wanted = expected[name] if expected[name].ndim == 2 else expected[name].transpose(0, 3, 1, 2)
        np.testing.assert_allclose(seen, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())


def test_a_file_that_differs_is_not_written(network, tmp_path):
    wrong = replace(
        network, tensors=network.tensors | {"feature.weight": network.tensors["feature.weight"] + np.float32(1e-3)}
    )
    with pytest.raises(ParityError, match="differs"):
        export_onnx(
            network, tmp_path / "face.onnx", reference=(lambda pixels: reference_outputs(wrong, pixels), "mine")
        )
    assert list(tmp_path.iterdir()) == []


def test_says_which_extra_is_missing(network, tmp_path, monkeypatch):
    monkeypatch.setattr("facefit.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"facefit\[onnx\]"):
        export_onnx(network, tmp_path / "face.onnx")
    assert list(tmp_path.iterdir()) == []
