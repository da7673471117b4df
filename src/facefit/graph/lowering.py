"""Nodes of a graph as operators of TFLite, which XNNPACK takes whole, so that one delegate partition is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from facefit.artifacts import Parts
from facefit.graph.flatbuffer import FlatbufferWriter, Ref
from facefit.graph.graph import Graph
from facefit.graph.moving import pad, reshape
from facefit.graph.nodes import (
    Activate,
    Activation,
    Add,
    Array,
    Convolution,
    Depthwise,
    Flatten,
    Gate,
    GlobalMean,
    Input,
    MaxPool,
    Multiply,
    Node,
    Offset,
    Pad,
    Prelu,
    Shape,
    Softmax,
)
from facefit.graph.pooling import max_pool

_FUSED = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu6": schema.ActivationFunctionType.RELU6,
}


class Lowering:
    """Writes one node at a time; `lower` returns the tensor that holds its result."""

    def __init__(self, writer: FlatbufferWriter) -> None:
        self.writer = writer

    def parts(self, graph: Graph, metadata: Mapping[str, bytes]) -> Parts:
        """The file of a whole graph, outputs under their names, in parts."""
        refs: dict[int, Ref] = {}
        for node in graph.nodes:
            refs[id(node)] = self.lower(node, *(refs[id(source)] for source in node.sources))
        outputs = {name: refs[id(node)] for name, node in graph.outputs.items()}
        for name, ref in outputs.items():
            self.writer.rename(ref, name)
        return self.writer.pack({graph.input.name: refs[id(graph.input)]}, outputs, metadata)

    def lower(self, node: Node, *sources: Ref) -> Ref:
        match node:
            case Input():
                return self.writer.tensor(node.shape, node.name)
            case Offset():
                return self._binary("ADD", sources[0], self.writer.weight(node.offset), node.shape)
            case Convolution():
                return self._convolution(node, sources[0])
            case Depthwise():
                return self._depthwise(node, sources[0])
            case Pad():
                return pad(self.writer, sources[0], node.margin, node.margin)
            case Add():
                total = self._binary("ADD", sources[0], sources[1], node.shape, _fused(node.activation))
                return self._activated(total, node.activation)
            case Multiply():
                return self._binary("MUL", sources[0], sources[1], node.shape)
            case Activate():
                return self._activated(sources[0], node.activation)
            case Gate():
                three = self._constant_for(sources[0], 3.0)
                return self._binary("ADD", sources[0], three, node.shape, _FUSED["relu6"])
            case GlobalMean():
                return self._mean(sources[0], node.shape)
            case MaxPool():
                return max_pool(self.writer, node, sources[0])
            case Prelu():
                return self.writer.operator(
                    "PRELU", [sources[0], self.writer.weight(node.slope)], node.shape, "NONE", None
                )
            case Flatten():
                return reshape(self.writer, sources[0], node.shape)
            case Softmax():
                options = schema.SoftmaxOptionsT()
                options.beta = 1.0
                return self.writer.operator("SOFTMAX", sources, node.shape, "SoftmaxOptions", options)

    def _convolution(self, node: Convolution, x: Ref) -> Ref:
        margin = node.weight.shape[1] // 2 if node.padding == "same" else 0
        options = schema.Conv2DOptionsT()
        x = self._padded(x, options, (margin, margin), node.stride)
        options.fusedActivationFunction = _fused(node.activation)
        inputs = [x, *self._weights(x, node.weight, 0, node.bias)]
        y = self.writer.operator("CONV_2D", inputs, node.shape, "Conv2DOptions", options)
        return self._activated(y, node.activation)

    def _depthwise(self, node: Depthwise, x: Ref) -> Ref:
        options = schema.DepthwiseConv2DOptionsT()
        x = self._padded(x, options, node.margins, node.stride)
        options.depthMultiplier = 1
        options.dilationHFactor = node.row_dilation
        options.fusedActivationFunction = _fused(node.activation)
        inputs = [x, *self._weights(x, node.weight[None], 3, node.bias)]
        version = 1 if node.row_dilation == 1 else 2
        y = self.writer.operator("DEPTHWISE_CONV_2D", inputs, node.shape, "DepthwiseConv2DOptions", options, version)
        return self._activated(y, node.activation)

    def _weights(self, x: Ref, weight: Array, channel_axis: int, bias: Array) -> tuple[Ref, Ref]:
        """Weight and bias of a convolution of `x`."""
        return self.writer.weight(weight, channel_axis), self.writer.weight(bias)

    def _constant_for(self, x: Ref, value: float) -> Ref:
        """A number to be added to `x`."""
        return self.writer.weight(np.array([value], np.float32))

    def _padded(self, x: Ref, options: Any, margins: tuple[int, int], stride: int) -> Ref:
        """Sets stride, dilation and padding of a convolution. TFLite's SAME is one-sided at stride 2, so there the
        margins become an explicit PAD, which XNNPACK merges into the convolution."""
        options.strideH = options.strideW = stride
        options.dilationHFactor = options.dilationWFactor = 1
        options.padding = schema.Padding.SAME if margins != (0, 0) and stride == 1 else schema.Padding.VALID
        return x if stride == 1 or margins == (0, 0) else pad(self.writer, x, *margins)

    def _activated(self, x: Ref, activation: Activation) -> Ref:
        """What the convolution could not fuse."""
        shape = self.writer.shape(x)
        if activation == "h_swish":
            return self.writer.operator("HARD_SWISH", [x], shape, "HardSwishOptions", schema.HardSwishOptionsT())
        if activation in ("sigmoid", "silu"):
            gate = self.writer.operator("LOGISTIC", [x], shape, "NONE", None)
            return gate if activation == "sigmoid" else self._binary("MUL", x, gate, shape)
        return x

    def _binary(self, name: Literal["ADD", "MUL"], x: Ref, y: Ref, shape: Shape, fused: int = _FUSED["none"]) -> Ref:
        options = schema.AddOptionsT() if name == "ADD" else schema.MulOptionsT()
        options.fusedActivationFunction = fused
        return self.writer.operator(name, [x, y], shape, f"{name.title()}Options", options)

    def _mean(self, x: Ref, shape: Shape) -> Ref:
        options = schema.ReducerOptionsT()
        options.keepDims = True
        axes = self.writer.constant(np.array([1, 2], np.int32))
        return self.writer.operator("MEAN", [x, axes], shape, "ReducerOptions", options)


def _fused(activation: Activation) -> int:
    return int(_FUSED.get(activation, schema.ActivationFunctionType.NONE))
