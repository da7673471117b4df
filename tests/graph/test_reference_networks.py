"""Reference networks are those that were published: in parameters, in operations, and in one delegate partition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.device.costs import count_costs
from facefit.errors import InputError
from facefit.graph import REFERENCE_NETWORKS, LoadedModel, emit_tflite, reference_network
from facefit.graph.blocks import RepeatedWeights
from facefit.graph.graph import Graph
from facefit.graph.nodes import Depthwise, Input, Pad

PUBLISHED_PARAMETERS = {
    "EfficientNet-B0": 5_288_548,  # torchvision, EfficientNet_B0_Weights.meta["num_params"]; the paper: 5.3 M
    "EfficientNet-B2": 9_109_994,  # torchvision, EfficientNet_B2_Weights; the paper: 9.2 M
    "MobileNetV3-Large": 5_483_032,  # torchvision, MobileNet_V3_Large_Weights; the paper: 5.4 M
    "MobileNetV3-Small": 2_542_856,  # torchvision, MobileNet_V3_Small_Weights; the paper: 2.5 M (with its own head)
    "MobileFaceNet": 1_003_136,  # ports to PyTorch with 128 numbers; the paper: 0.99 M, batch norm folded, see below
    "AlexNet": 61_100_840,  # torchvision, AlexNet_Weights
    "SENet-50": 28_088_024,  # imgclsmob's seresnet50, asserted in its source; timm: 28.1 M
    "IResNet-50": 43_590_848,  # PyTorch's count over InsightFace's arcface_torch iresnet50 with 512 numbers
}
PUBLISHED_MACS = {
    "EfficientNet-B0": 0.39e9,  # Tan & Le 2019, table 2
    "EfficientNet-B2": 1.0e9,
    "MobileNetV3-Large": 219e6,  # Howard et al. 2019, table 3
    "MobileNetV3-Small": 56e6,  # Howard et al. 2019, table 4
    "MobileFaceNet": 221e6,  # Chen et al. 2018
    "AlexNet": 714e6,  # torchvision, AlexNet_Weights.meta["_ops"]
    "SENet-50": 3.87e9,  # Hu et al. 2018, table 2
    "IResNet-50": 6.33e9,  # as counted over InsightFace's arcface_torch iresnet50
}
SMALL_NETWORKS = [name for name in REFERENCE_NETWORKS if name not in ("AlexNet", "SENet-50", "IResNet-50")]


def weights() -> RepeatedWeights:
    return RepeatedWeights(np.random.default_rng(0))


@pytest.mark.parametrize("name", REFERENCE_NETWORKS)
def test_parameters_are_the_published_ones(name: str) -> None:
    assert REFERENCE_NETWORKS[name].parameters() == PUBLISHED_PARAMETERS[name]


@pytest.mark.parametrize("name", REFERENCE_NETWORKS)
def test_operations_are_the_published_ones_and_in_one_partition(name: str) -> None:
    network = REFERENCE_NETWORKS[name]
    data = emit_tflite(network.graph(network.resolution, weights()))
    # The classifier is left out; publishers round, and some count biases or activations as well.
    assert count_costs(data).macs == pytest.approx(PUBLISHED_MACS[name] - 1e6 * bool(network.classes), rel=0.02)
    assert LoadedModel(data).delegation().whole


def test_mobilefacenet_folds_to_the_paper_s_count_and_file() -> None:
    data = emit_tflite(REFERENCE_NETWORKS["MobileFaceNet"].graph(112, weights()))
    assert f"{count_costs(data).parameters / 1e6:.2f} M" == "0.99 M"
    assert f"{len(data) / 1e6:.1f} MB" == "4.0 MB"


@pytest.mark.parametrize("name", REFERENCE_NETWORKS)
@pytest.mark.parametrize("resolution", [64, 80])
def test_they_run_at_other_resolutions_and_see_the_image(name: str, resolution: int) -> None:
    model = LoadedModel(emit_tflite(REFERENCE_NETWORKS[name].graph(resolution, weights())))
    images = np.random.default_rng(1).integers(0, 256, (2, 1, resolution, resolution, 3)).astype(np.float32)
    rows = [model.run(image=image)["descriptor"] for image in images]
    assert model.delegation().whole
    assert np.isfinite(rows).all() and np.abs(rows[0] - rows[1]).max() > 1e-4 * np.abs(rows[0]).max()


def test_names_are_found_in_any_case_and_others_are_mistakes() -> None:
    assert reference_network("senet-50") is REFERENCE_NETWORKS["SENet-50"]
    with pytest.raises(InputError, match=r"VGG-16.*MobileFaceNet"):
        reference_network("VGG-16")
    with pytest.raises(InputError, match="at least 63 px"):
        REFERENCE_NETWORKS["AlexNet"].graph(48, weights())


@settings(deadline=None)
@given(st.integers(2, 9), st.integers(0, 3), st.integers(0, 99))
def test_a_whole_depthwise_of_a_padded_map_against_a_direct_sum(side: int, margin: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    image, padded = Input("x", (1, side, side, 3)), side + 2 * margin
    weight, bias = rng.normal(size=(padded, padded, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    node = Depthwise(Pad(image, margin), weight, bias, padding="valid")
    x = rng.normal(size=image.shape).astype(np.float32)
    wanted = (np.pad(x[0], ((margin, margin), (margin, margin), (0, 0))).astype(np.float64) * weight).sum((0, 1)) + bias
    seen = LoadedModel(emit_tflite(Graph(image, {"y": node}))).run(x=x)["y"]
    np.testing.assert_allclose(seen[0, 0, 0], wanted, atol=1e-4)


@pytest.mark.parametrize("name", [*SMALL_NETWORKS, "AlexNet"])
def test_onnx_computes_the_same(name: str) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    from facefit.graph.onnx_graph import emit_onnx

    graph = REFERENCE_NETWORKS[name].graph(64, weights())
    image = np.random.default_rng(2).integers(0, 256, (1, 64, 64, 3)).astype(np.float32)
    seen = onnxruntime.InferenceSession(emit_onnx(graph)).run(None, {"image": image.transpose(0, 3, 1, 2)})[0]
    wanted = LoadedModel(emit_tflite(graph)).run(image=image)["descriptor"]
    np.testing.assert_allclose(seen, wanted, atol=1e-4 * np.abs(wanted).max())
