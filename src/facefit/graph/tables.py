"""Tables of the TFLite schema from plain values, as many as need no writer. Tensors go by their index in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray


def quantization(steps: NDArray[np.floating[Any]], zeros: NDArray[Any], axis: int = 0) -> Any:
    """What whole numbers stand for: multiples of one step, or of one for each index on an axis."""
    entry = schema.QuantizationParametersT()
    entry.scale = [float(step) for step in steps.ravel()]
    entry.zeroPoint = [int(zero) for zero in zeros]
    entry.quantizedDimension = axis
    return entry


def operator_code(code: int, version: int) -> Any:
    """A builtin operator, also under the number by which old runtimes look it up."""
    entry = schema.OperatorCodeT()
    entry.builtinCode = code
    entry.deprecatedBuiltinCode = min(code, schema.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES)
    entry.version = version
    return entry


def signature(inputs: Mapping[str, int], outputs: Mapping[str, int]) -> Any:
    """Names of the tensors that go in and come out, as the signature `serving_default`."""
    entry = schema.SignatureDefT()
    entry.signatureKey = "serving_default"
    entry.subgraphIndex = 0
    entry.inputs = [_tensor_map(name, ref) for name, ref in inputs.items()]
    entry.outputs = [_tensor_map(name, ref) for name, ref in outputs.items()]
    return entry


def _tensor_map(name: str, ref: int) -> Any:
    entry = schema.TensorMapT()
    entry.name = name
    entry.tensorIndex = ref
    return entry
