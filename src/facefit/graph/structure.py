"""Whether bytes from outside are a TFLite file at all: every offset and index is followed in Python, where a wrong one
raises, before the C++ runtime, which trusts them, may see it."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from facefit.errors import ArtifactError

_ITEM_BYTES = {
    schema.TensorType.FLOAT32: 4,
    schema.TensorType.FLOAT16: 2,
    schema.TensorType.INT32: 4,
    schema.TensorType.INT8: 1,
    schema.TensorType.UINT8: 1,
    schema.TensorType.INT64: 8,
}
_DAMAGE = (struct.error, ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, MemoryError)


def check_structure(data: bytes, name: str) -> None:
    """Raises `ArtifactError` unless the bytes are a TFLite flatbuffer whose offsets, indices and sizes hold."""
    if data[4:8] != b"TFL3":
        raise ArtifactError(f"{name}: is not a TFLite file; expected the mark 'TFL3' at byte 4")
    try:
        fault = _fault(schema.ModelT.InitFromPackedBuf(data))
    except _DAMAGE as error:
        fault = f"offsets lead nowhere ({type(error).__name__})"
    if fault:
        raise ArtifactError(f"{name}: damaged or cut off, {fault}; copy or download the file again")


def _fault(model: Any) -> str | None:
    if model.version != 3:
        return f"schema version {model.version}, expected 3"
    if not model.subgraphs or not model.operatorCodes:
        return "no operators"
    for subgraph in model.subgraphs:
        tensors = range(-1, len(subgraph.tensors))  # -1 stands for an optional input that is left out
        wires = [subgraph.inputs, subgraph.outputs]
        for operator in subgraph.operators:
            wires += [operator.inputs, operator.outputs]
            if not 0 <= operator.opcodeIndex < len(model.operatorCodes):
                return "an operator without a code"
        if any(index not in tensors for wire in wires if wire is not None for index in wire):
            return "an operator on a tensor that is not there"
        for tensor in subgraph.tensors:
            if not 0 <= tensor.buffer < len(model.buffers):
                return "a tensor without a buffer"
            if _misfits(tensor, model.buffers[tensor.buffer].data):
                return f"tensor {tensor.name!r} is not as large as its shape"
    return None


def _misfits(tensor: Any, values: Any) -> bool:
    if values is None or len(values) == 0 or tensor.sparsity is not None or tensor.type not in _ITEM_BYTES:
        return False
    size = 1 if tensor.shape is None else int(np.prod(np.asarray(tensor.shape, object)))
    return bool(size * _ITEM_BYTES[tensor.type] != len(values))
