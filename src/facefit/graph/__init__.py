"""Static networks as graphs of few operators with numpy weights, written as TFLite files; no torch, no TensorFlow."""

from facefit.graph.export import add_to_card, export
from facefit.graph.graph import Graph
from facefit.graph.handover import ExportResult
from facefit.graph.interpreter import Delegation, LoadedModel
from facefit.graph.networks import layer_graph, network_graph
from facefit.graph.onnx_export import export_onnx
from facefit.graph.reference import reference_outputs
from facefit.graph.reference_networks import (
    REFERENCE_NETWORKS,
    ReferenceNetwork,
    efficientnet_b0,
    reference_network,
)
from facefit.graph.static_int8 import StaticInt8, emit_static_int8
from facefit.graph.synthetic import random_network
from facefit.graph.tflite import emit_tflite, tflite_parts

__all__ = [
    "REFERENCE_NETWORKS",
    "Delegation",
    "ExportResult",
    "Graph",
    "LoadedModel",
    "ReferenceNetwork",
    "StaticInt8",
    "add_to_card",
    "efficientnet_b0",
    "emit_static_int8",
    "emit_tflite",
    "export",
    "export_onnx",
    "layer_graph",
    "network_graph",
    "random_network",
    "reference_network",
    "reference_outputs",
    "tflite_parts",
]
