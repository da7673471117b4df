"""Descriptors that facefit did not export."""

from __future__ import annotations

from pathlib import Path

import pytest


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
