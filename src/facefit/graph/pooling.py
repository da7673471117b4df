"""Pooling in TFLite, which pads on both sides where the graph cuts windows off at one."""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as schema

from facefit.errors import ArtifactError
from facefit.graph.flatbuffer import FlatbufferWriter, Ref
from facefit.graph.nodes import MaxPool


def max_pool(writer: FlatbufferWriter, node: MaxPool, x: Ref) -> Ref:
    """Writes the node; raises `ArtifactError` where TFLite has no operator that pools the same windows."""
    options = schema.Pool2DOptionsT()
    options.filterHeight = options.filterWidth = node.size
    options.strideH = options.strideW = node.stride
    options.padding = _padding(node)
    options.fusedActivationFunction = schema.ActivationFunctionType.NONE
    return writer.like(x, writer.operator("MAX_POOL_2D", [x], node.shape, "Pool2DOptions", options))


def _padding(node: MaxPool) -> int:
    """VALID if no window sticks out; SAME if it pads by at most one row, which it then puts at the end."""
    sides, pooled = node.x.shape[1:3], node.shape[1:3]
    beyond = [(count - 1) * node.stride + node.size - side for side, count in zip(sides, pooled, strict=True)]
    if not any(beyond):
        return int(schema.Padding.VALID)
    same = all(count == -(-side // node.stride) for side, count in zip(sides, pooled, strict=True))
    if same and max(beyond) <= 1:
        return int(schema.Padding.SAME)
    raise ArtifactError(f"{node.size}x{node.size} pooling by {node.stride} of {sides} pixels: not to be had in TFLite")
