"""The schema's objects of which a file has hundreds, packed by `packing.Builder` in one go each."""

from __future__ import annotations

from typing import Any

from ai_edge_litert import schema_py_generated as schema

from facefit.graph.packing import Builder


class AlignedBuffer(schema.BufferT):  # type: ignore[misc]
    """The schema asks for 16-byte alignment of buffers, which the generated `Pack` does not give."""

    def Pack(self, builder: Builder) -> int:
        start = None if self.data is None else builder.leave_out(memoryview(self.data).cast("B"))
        return builder.table([(0, "O", start)])


class PackedTensor(schema.TensorT):  # type: ignore[misc]
    """A tensor with shape, type, buffer, name and quantization."""

    def Pack(self, builder: Builder) -> int:
        shape, name = builder.int32s(self.shape), builder.text(self.name)
        quantization = None if self.quantization is None else self.quantization.Pack(builder)
        return builder.table([
            (0, "O", shape), (1, "b", self.type), (2, "I", self.buffer), (3, "O", name), (4, "O", quantization),
            (8, "?", self.hasRank),
        ])  # fmt: skip


class PackedOperator(schema.OperatorT):  # type: ignore[misc]
    """An operator with inputs, outputs and built-in options."""

    def Pack(self, builder: Builder) -> int:
        inputs, outputs = builder.int32s(self.inputs), builder.int32s(self.outputs)
        options = None if self.builtinOptions is None else _options(self.builtinOptions, builder)
        return builder.table([
            (0, "I", self.opcodeIndex), (1, "O", inputs), (2, "O", outputs), (3, "B", self.builtinOptionsType),
            (4, "O", options),
        ])  # fmt: skip


def _options(options: Any, builder: Builder) -> int:
    vectors = any(isinstance(value, list) for value in vars(options).values())
    return int(options.Pack(builder)) if vectors else builder.numbers(options)
