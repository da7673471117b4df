"""Our builder against the flatbuffers package's own: the same bytes."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given
from hypothesis import strategies as st

from facefit.graph.packed import AlignedBuffer, PackedOperator, PackedTensor
from facefit.graph.packing import Builder

INT32 = st.integers(0, 2**31 - 1)
INDICES = st.lists(st.integers(-1, 2**31 - 1), max_size=5)


def stride_of(pair: tuple[int, int]) -> Any:
    options = schema.Conv2DOptionsT()
    options.strideH, options.fusedActivationFunction = pair
    return options


def shape_of(values: list[int]) -> Any:
    options = schema.ReshapeOptionsT()
    options.newShape = values
    return options


def steps_of(values: list[float]) -> Any:
    quantization = schema.QuantizationParametersT()
    quantization.scale = values
    return quantization


TENSORS = st.fixed_dictionaries({
    "shape": INDICES, "type": st.integers(0, 17), "buffer": INT32, "name": st.text(max_size=9),
    "hasRank": st.booleans(), "quantization": st.none() | st.lists(st.floats(0, 1, width=32), max_size=3).map(steps_of),
})  # fmt: skip
OPTIONS = st.none() | st.tuples(st.integers(0, 3), st.integers(0, 4)).map(stride_of) | INDICES.map(shape_of)
OPERATORS = st.fixed_dictionaries({
    "opcodeIndex": INT32, "inputs": INDICES, "outputs": INDICES, "builtinOptionsType": st.integers(0, 126),
    "builtinOptions": OPTIONS,
})  # fmt: skip


def packed(tensor: type, operator: type, builder: Any, tensors: list[dict], operators: list[dict]) -> Any:
    model, subgraph = schema.ModelT(), schema.SubGraphT()
    subgraph.tensors = [filled(tensor(), values) for values in tensors]
    subgraph.operators = [filled(operator(), values) for values in operators]
    model.subgraphs = [subgraph]
    builder.Finish(model.Pack(builder), b"TFL3")
    return builder


def filled(thing: Any, values: dict[str, Any]) -> Any:
    vars(thing).update(values)
    return thing


@given(st.lists(TENSORS, max_size=6), st.lists(OPERATORS, max_size=6), st.sampled_from([0, 1 << 16]))
def test_tensors_and_operators_are_the_bytes_that_the_package_writes(tensors, operators, size):
    theirs = packed(schema.TensorT, schema.OperatorT, flatbuffers.Builder(size), tensors, operators)
    ours = packed(PackedTensor, PackedOperator, Builder(size + 1), tensors, operators)
    assert b"".join(ours.parts()) == bytes(theirs.Output())


@given(st.lists(st.none() | st.binary(min_size=1, max_size=40), max_size=8), st.sampled_from([1, 1 << 12]))
def test_buffers_are_aligned_and_hold_what_was_left_out(contents, size):
    model, builder = schema.ModelT(), Builder(size)
    model.buffers = [filled(AlignedBuffer(), {"data": content}) for content in contents]
    builder.Finish(model.Pack(builder), b"TFL3")
    data = b"".join(builder.parts())
    read = schema.Model.GetRootAs(data)
    assert read.BuffersLength() == len(contents)
    for i, content in enumerate(contents):
        buffer = read.Buffers(i)
        if content is None:
            assert buffer.DataIsNone()
            continue
        assert buffer.DataAsNumpy().tobytes() == content
        assert buffer.DataAsNumpy().ctypes.data % 16 == np.frombuffer(data, np.uint8).ctypes.data % 16
