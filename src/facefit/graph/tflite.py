"""Graph to TFLite."""

from __future__ import annotations

from collections.abc import Mapping

from facefit.artifacts import Parts
from facefit.graph.flatbuffer import FlatbufferWriter
from facefit.graph.forms import Depthwise7, Weights
from facefit.graph.graph import Graph
from facefit.graph.lowering import Lowering
from facefit.graph.rewriting import split_depthwise7


def emit_tflite(
    graph: Graph,
    depthwise7: Depthwise7 = "split",
    metadata: Mapping[str, bytes] | None = None,
    weights: Weights = "float32",
) -> bytes:
    """A `.tflite` file with the graph's input and outputs under their names.

    `depthwise7` says how 7x7 depthwise convolutions are written: `plain`, or `split` into three row sets that sum to
    the same. XNNPACK has no 49-tap kernel, so the split is usually several times faster; the device decides.
    `weights` of `float16` halve the file, `int8` quarters it (convolutions only, a step for each output channel); the
    runtime widens both at load and computes in float32.
    """
    return b"".join(tflite_parts(graph, depthwise7, metadata, weights))


def tflite_parts(
    graph: Graph,
    depthwise7: Depthwise7 = "split",
    metadata: Mapping[str, bytes] | None = None,
    weights: Weights = "float32",
) -> Parts:
    """The bytes of `emit_tflite` in parts, for writing them to a file: weights in float32 are those of the graph, not
    copies, so they must stay as they are until then."""
    lowering = Lowering(FlatbufferWriter(weights))
    return lowering.parts(split_depthwise7(graph) if depthwise7 == "split" else graph, metadata or {})
