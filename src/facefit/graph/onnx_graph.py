"""Graph to ONNX: plain operators of opset 17, channels first, any number of images. Needs the extra `onnx`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from facefit.graph.graph import Graph
from facefit.graph.nodes import (
    Activate,
    Activation,
    Add,
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

_OPSET, _IR = 17, 8
"""Old enough for runtimes of the last years; HardSwish came with opset 14."""
_ACTIVATIONS: Mapping[Activation, str] = {"relu": "Relu", "h_swish": "HardSwish", "sigmoid": "Sigmoid"}


def emit_onnx(graph: Graph, metadata: Mapping[str, str] | None = None) -> bytes:
    """An `.onnx` file with the graph's input and outputs under their names.

    Images come as float32 (n, 3, r, r), where the graph has (1, r, r, 3); outputs are as in the graph, n of them.
    """
    writer = _Writer()
    names: dict[int, str] = {}
    wanted = {id(node): name for name, node in graph.outputs.items()}
    for node in graph.nodes:
        names[id(node)] = writer.lower(node, *(names[id(source)] for source in node.sources))
    for key, name in wanted.items():
        writer.add("Identity", [names[key]], name)
    return writer.pack(graph, dict(metadata or {}))


class _Writer:
    """Collects nodes and constants; every method returns the name of a result."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, operator: str, inputs: Sequence[str], name: str | None = None, **attributes: Any) -> str:
        name = name or f"t{len(self._nodes)}"
        self._nodes.append(onnx.helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(onnx.numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def lower(self, node: Node, *sources: str) -> str:
        match node:
            case Input():
                return node.name
            case Offset():
                return self.add("Add", [sources[0], self.constant(node.offset[:, None, None])])
            case Convolution():
                margin = node.weight.shape[1] // 2 if node.padding == "same" else 0
                weight = node.weight.transpose(0, 3, 1, 2)
                return self._convolution(node, sources[0], weight, pads=[margin] * 4)
            case Depthwise():
                weight = node.weight.transpose(2, 0, 1)[:, None]
                dilations = [node.row_dilation, 1]
                return self._convolution(
                    node, sources[0], weight, pads=node.margins * 2, group=len(weight), dilations=dilations
                )
            case Pad():
                amounts = np.array([0, 0, node.margin, node.margin] * 2, np.int64)
                return self.add("Pad", [sources[0], self.constant(amounts)])
            case Add():
                return self._activated(self.add("Add", sources), node.activation)
            case Multiply():
                return self.add("Mul", sources)
            case Activate():
                return self._activated(sources[0], node.activation)
            case Gate():
                return self._activated(
                    self.add("Add", [sources[0], self.constant(np.array([3.0], np.float32))]), "relu6"
                )
            case GlobalMean():
                return self.add("GlobalAveragePool", sources)
            case MaxPool():
                size, stride = [node.size] * 2, [node.stride] * 2
                return self.add("MaxPool", sources, ceil_mode=1, kernel_shape=size, strides=stride)
            case Prelu():
                return self.add("PRelu", [sources[0], self.constant(node.slope[:, None, None])])
            case Flatten():
                return self.add("Flatten", sources, axis=1)
            case Softmax():
                return self.add("Softmax", sources, axis=-1)

    def pack(self, graph: Graph, metadata: Mapping[str, str]) -> bytes:
        image = _value(graph.input.name, graph.input.shape)
        outputs = [_value(name, node.shape) for name, node in graph.outputs.items()]
        body = onnx.helper.make_graph(self._nodes, "facefit", [image], outputs, self._constants)
        opset = onnx.helper.make_opsetid("", _OPSET)
        model = onnx.helper.make_model(body, opset_imports=[opset], ir_version=_IR, producer_name="facefit")
        onnx.helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _convolution(
        self, node: Convolution | Depthwise, x: str, weight: NDArray[np.float32], **attributes: Any
    ) -> str:
        inputs = [x, self.constant(weight), self.constant(node.bias)]
        y = self.add("Conv", inputs, strides=[node.stride] * 2, **attributes)
        return self._activated(y, node.activation)

    def _activated(self, x: str, activation: Activation) -> str:
        if activation == "relu6":
            return self.add("Clip", [x, *(self.constant(np.array(bound, np.float32)) for bound in (0.0, 6.0))])
        if activation == "silu":
            return self.add("Mul", [x, self.add("Sigmoid", [x])])
        return self.add(_ACTIVATIONS[activation], [x]) if activation != "none" else x


def _value(name: str, shape: Shape) -> onnx.ValueInfoProto:
    """Name and shape of an input or output: channels first, any number of images."""
    sizes: list[str | int | None] = ["n", shape[3], shape[1], shape[2]] if len(shape) == 4 else ["n", *shape[1:]]
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, sizes)
