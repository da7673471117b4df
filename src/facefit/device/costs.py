"""Parameters and multiply-accumulates, read off a TFLite file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

_CONVOLUTIONS = {
    schema.BuiltinOperator.CONV_2D: (1, 2, 3),
    schema.BuiltinOperator.DEPTHWISE_CONV_2D: (1, 2),
    schema.BuiltinOperator.FULLY_CONNECTED: (1,),
}
"""Axes of the weights over which each output sums up."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Floating-point weights, and multiply-accumulates of convolutions and fully connected layers for one image."""

    parameters: int
    macs: int


def count_costs(data: bytes) -> Costs:
    """Counts over the first subgraph of a sound file."""
    model = schema.Model.GetRootAs(data)
    graph = model.Subgraphs(0)
    floats = (schema.TensorType.FLOAT32, schema.TensorType.FLOAT16)
    tensors = [graph.Tensors(i) for i in range(graph.TensorsLength())]
    stored = [t for t in tensors if t.Type() in floats and model.Buffers(t.Buffer()).DataLength()]
    macs = 0
    for i in range(graph.OperatorsLength()):
        operator = graph.Operators(i)
        code = model.OperatorCodes(operator.OpcodeIndex())
        # Old files have their operators in a field that newer ones only keep up for them.
        axes = _CONVOLUTIONS.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))
        if axes:
            weight, output = tensors[operator.Inputs(1)], tensors[operator.Outputs(0)]
            macs += _size(output) * int(np.prod([weight.Shape(axis) for axis in axes]))
    return Costs(sum(_size(tensor) for tensor in stored), macs)


def _size(tensor: Any) -> int:
    return int(np.prod(tensor.ShapeAsNumpy())) if tensor.ShapeLength() else 1
