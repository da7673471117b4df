"""Operators of TFLite that only move numbers: what they give has the number format of what they take."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from facefit.graph.flatbuffer import FlatbufferWriter, Ref
from facefit.graph.nodes import Shape


def pad(writer: FlatbufferWriter, x: Ref, top: int, left: int) -> Ref:
    """Zeros above and below, left and right."""
    n, height, width, channels = writer.shape(x)
    amounts = writer.constant(np.array([[0, 0], [top, top], [left, left], [0, 0]], np.int32))
    shape = (n, height + 2 * top, width + 2 * left, channels)
    return writer.like(x, writer.operator("PAD", [x, amounts], shape, "PadOptions", schema.PadOptionsT()))


def reshape(writer: FlatbufferWriter, x: Ref, shape: Shape) -> Ref:
    """The same numbers in another shape."""
    options = schema.ReshapeOptionsT()
    options.newShape = list(shape)
    target = writer.constant(np.array(shape, np.int32))
    return writer.like(x, writer.operator("RESHAPE", [x, target], shape, "ReshapeOptions", options))
