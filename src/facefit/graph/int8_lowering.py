"""A graph in its int8 form to TFLite: images in int8, what comes before and after them in float32."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from facefit.graph.flatbuffer import FlatbufferWriter, Ref
from facefit.graph.graph import Graph
from facefit.graph.lowering import Lowering
from facefit.graph.nodes import Activate, Array, Flatten, Input, Node, Offset, Softmax
from facefit.graph.whole_numbers import LARGEST, Steps, WholeNumbers, per_channel, whole_bias


def whole_nodes(graph: Graph) -> frozenset[int]:
    """Ids of the nodes that are computed in int8.

    Float are pixels until their mean is taken off, and the tail from the last activation on: a few thousand numbers.
    """
    whole: set[int] = set()
    for node in graph.nodes:
        image = node.shape[1:3] != (1, 1)
        known = all(id(source) in whole for source in node.sources)
        if not isinstance(node, Input | Offset | Activate | Flatten | Softmax) and (image or known):
            whole.add(id(node))
    return frozenset(whole)


def emit_int8(graph: Graph, steps: Mapping[int, Steps], metadata: Mapping[str, bytes] | None = None) -> bytes:
    """A `.tflite` file of a graph in its int8 form, float32 at its input and outputs.

    `steps` holds, by id, the steps of each node that is whole or goes into a whole one.
    """
    return b"".join(Int8Lowering(steps, whole_nodes(graph)).parts(graph, metadata or {}))


class Int8Lowering(Lowering):
    """Writes whole nodes in int8, with QUANTIZE and DEQUANTIZE where they meet others."""

    def __init__(self, steps: Mapping[int, Steps], whole: frozenset[int]) -> None:
        super().__init__(FlatbufferWriter("int8"))
        self._steps, self._whole = steps, whole
        self._turned: dict[Ref, Ref] = {}

    def lower(self, node: Node, *sources: Ref) -> Ref:
        if id(node) not in self._whole:
            return super().lower(node, *(self._in_float(ref) for ref in sources))
        given = [self._in_int8(ref, source) for ref, source in zip(sources, node.sources, strict=True)]
        ref = super().lower(node, *given)
        return ref if self.writer.steps(ref) else self.writer.in_steps(ref, self._steps[id(node)])

    def _in_float(self, ref: Ref) -> Ref:
        if self.writer.steps(ref) is None:
            return ref
        if ref not in self._turned:
            options = schema.DequantizeOptionsT()
            shape = self.writer.shape(ref)
            self._turned[ref] = self.writer.operator("DEQUANTIZE", [ref], shape, "DequantizeOptions", options, 2)
        return self._turned[ref]

    def _in_int8(self, ref: Ref, source: Node) -> Ref:
        if self.writer.steps(ref) is not None:
            return ref
        if ref not in self._turned:
            options, shape = schema.QuantizeOptionsT(), self.writer.shape(ref)
            turned = self.writer.operator("QUANTIZE", [ref], shape, "QuantizeOptions", options)
            self._turned[ref] = self.writer.in_steps(turned, self._steps[id(source)])
        return self._turned[ref]

    def _weights(self, x: Ref, weight: Array, channel_axis: int, bias: Array) -> tuple[Ref, Ref]:
        steps = self.writer.steps(x)
        if steps is None:
            return super()._weights(x, weight, channel_axis, bias)
        whole = per_channel(weight, channel_axis, bias, steps.step)
        return self.writer.whole_numbers(whole), self.writer.whole_numbers(whole_bias(bias, whole, steps.step))

    def _constant_for(self, x: Ref, value: float) -> Ref:
        if self.writer.steps(x) is None:
            return super()._constant_for(x, value)
        step = np.array([value / LARGEST], np.float32)
        return self.writer.whole_numbers(WholeNumbers(np.array([LARGEST], np.int8), step, 0))
