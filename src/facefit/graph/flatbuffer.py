"""The TFLite flatbuffer itself: tensors, constants, operators and metadata into bytes.

Uses the schema module that ships with ai-edge-litert; no converter, no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from facefit.artifacts import Parts
from facefit.graph.forms import Weights
from facefit.graph.nodes import Shape
from facefit.graph.packed import AlignedBuffer, PackedOperator, PackedTensor
from facefit.graph.packing import Builder
from facefit.graph.tables import operator_code, quantization, signature
from facefit.graph.whole_numbers import Steps, WholeNumbers, per_channel

Ref: TypeAlias = int
"""Index of a tensor in the file."""

_TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "int32": schema.TensorType.INT32,
    "int8": schema.TensorType.INT8,
}


class FlatbufferWriter:
    """Collects one subgraph and packs it; operators must be added in running order."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._tensors: list[Any] = []
        self._buffers: list[AlignedBuffer] = [AlignedBuffer()]  # buffer 0 is empty by convention
        self._operators: list[Any] = []
        self._codes: dict[tuple[int, int], int] = {}
        self._small: dict[tuple[str, Shape, bytes], Ref] = {}
        self._steps: dict[Ref, Steps] = {}

    def tensor(self, shape: Shape, name: str | None = None, kind: str = "float32", buffer: int = 0) -> Ref:
        """A new tensor; without a buffer it is computed."""
        tensor = PackedTensor()
        tensor.shape = [int(size) for size in shape]
        tensor.type = _TYPES[kind]
        tensor.buffer = buffer
        tensor.name = name or f"t{len(self._tensors)}"
        tensor.hasRank = True
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def shape(self, ref: Ref) -> Shape:
        """Shape of a tensor, NHWC."""
        return tuple(self._tensors[ref].shape)

    def rename(self, ref: Ref, name: str) -> None:
        """Gives a tensor another name, such as that of an output."""
        self._tensors[ref].name = name

    def constant(self, values: NDArray[Any]) -> Ref:
        """A constant as it is; small equal ones are stored once."""
        values = np.ascontiguousarray(values)
        key = (values.dtype.str, values.shape, values.tobytes()) if values.size <= 16 else None
        if key in self._small:
            return self._small[key]
        ref = self.tensor(values.shape, kind=values.dtype.name, buffer=self._buffer(values))
        if key:
            self._small[key] = ref
        return ref

    def weight(self, values: NDArray[np.float32], channel_axis: int | None = None) -> Ref:
        """A float constant in the weight format of this file; the runtime widens halves and int8 at load.

        In int8 only weights with a `channel_axis` are stored, as multiples of a step for each index on that axis.
        """
        if self._weights == "float16":
            return self._widened(self.constant(values.astype(np.float16)), version=3)
        if self._weights == "int8" and channel_axis is not None:
            return self._widened(self.whole_numbers(per_channel(values, channel_axis)), version=5)
        return self.constant(values)

    def _widened(self, ref: Ref, version: int) -> Ref:
        options = schema.DequantizeOptionsT()
        return self.operator("DEQUANTIZE", [ref], self.shape(ref), "DequantizeOptions", options, version)

    def whole_numbers(self, numbers: WholeNumbers) -> Ref:
        """A constant of whole numbers that stand for multiples of steps."""
        values = np.ascontiguousarray(numbers.values)
        ref = self.tensor(values.shape, kind=values.dtype.name, buffer=self._buffer(values))
        self._tensors[ref].quantization = quantization(numbers.steps, np.zeros(numbers.steps.size), numbers.axis)
        return ref

    def in_steps(self, ref: Ref, steps: Steps) -> Ref:
        """Makes a computed tensor one of int8 that stand for multiples of a step."""
        self._tensors[ref].type = _TYPES["int8"]
        self._tensors[ref].quantization = quantization(np.array([steps.step]), np.array([steps.zero]))
        self._steps[ref] = steps
        return ref

    def like(self, model: Ref, ref: Ref) -> Ref:
        """Gives a computed tensor the number format of another, for operators that only move numbers."""
        return self.in_steps(ref, self._steps[model]) if model in self._steps else ref

    def steps(self, ref: Ref) -> Steps | None:
        """What the whole numbers of a computed tensor stand for; None if it is float32."""
        return self._steps.get(ref)

    def operator(
        self, name: str, inputs: Sequence[Ref], shape: Shape, options_name: str, options: Any, version: int = 1
    ) -> Ref:
        """Adds an operator with one output of the given shape and returns that output."""
        code = getattr(schema.BuiltinOperator, name)
        operator = PackedOperator()
        operator.opcodeIndex = self._codes.setdefault((code, version), len(self._codes))
        operator.inputs = list(inputs)
        operator.outputs = [self.tensor(shape)]
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, options_name)
        operator.builtinOptions = options
        self._operators.append(operator)
        return int(operator.outputs[0])

    def pack(self, inputs: Mapping[str, Ref], outputs: Mapping[str, Ref], metadata: Mapping[str, bytes]) -> Parts:
        """The file in parts, constants not copied: one subgraph, one signature `serving_default`, metadata by name."""
        model = schema.ModelT()
        model.version = 3
        model.description = "facefit"
        model.subgraphs = [self._subgraph(list(inputs.values()), list(outputs.values()))]
        model.operatorCodes = [operator_code(code, version) for code, version in self._codes]
        model.signatureDefs = [signature(inputs, outputs)]
        model.metadata = [self._metadata(name, data) for name, data in metadata.items()]
        model.buffers = self._buffers
        payload = sum(64 + (0 if b.data is None else memoryview(b.data).nbytes) for b in self._buffers)
        builder = Builder(payload + 512 * (len(self._tensors) + 64))
        builder.Finish(model.Pack(builder), b"TFL3")
        return builder.parts()

    def _buffer(self, data: Any) -> int:
        buffer = AlignedBuffer()
        buffer.data = data
        self._buffers.append(buffer)
        return len(self._buffers) - 1

    def _subgraph(self, inputs: list[Ref], outputs: list[Ref]) -> Any:
        subgraph = schema.SubGraphT()
        subgraph.name = "main"
        subgraph.tensors, subgraph.operators = self._tensors, self._operators
        subgraph.inputs, subgraph.outputs = inputs, outputs
        return subgraph

    def _metadata(self, name: str, data: bytes) -> Any:
        entry = schema.MetadataT()
        entry.name = name
        entry.buffer = self._buffer(data)
        return entry
