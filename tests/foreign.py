"""Descriptors that facefit did not export."""

from __future__ import annotations

from pathlib import Path

import pytest

from facefit.graph import emit_tflite
from facefit.graph.graph import Graph
from facefit.graph.nodes import Flatten, GlobalMean, Input, Multiply


def two_outputs(path: Path) -> Path:
    """A .tflite file that gives the mean of each channel, `mean`, and its square, `square`."""
    image = Input("image", (1, 8, 8, 3))
    mean = GlobalMean(image)
    path.write_bytes(emit_tflite(Graph(image, {"mean": Flatten(mean), "square": Flatten(Multiply(mean, mean))})))
    return path


def mean_of_channels(path: Path, shape: tuple[object, ...], axes: tuple[int, int]) -> Path:
    """An ONNX file whose descriptor is the mean of each channel; skips the test without the extra 'onnx'."""
    helper = pytest.importorskip("onnx", reason="the extra 'onnx' is not installed").helper
    number = pytest.importorskip("onnx").TensorProto.FLOAT
    nodes = [helper.make_node("ReduceMean", ["x"], ["mean"], axes=list(axes), keepdims=0)]
    given, made = helper.make_tensor_value_info("x", number, shape), helper.make_tensor_value_info("mean", number, None)
    graph = helper.make_graph(nodes, "mean", [given], [made])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path
