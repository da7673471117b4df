from .graph import Graph
from .handover import ExportResult
from .interpreter import Delegation, LoadedModel
from .networks import layer_graph, network_graph
from .onnx_export import export_onnx
from .reference import reference_outputs
from .reference_networks import REFERENCE_NETWORKS, ReferenceNetwork, efficientnet_b0, reference_network
from .static_int8 import StaticInt8, emit_static_int8
from .synthetic import random_network
from .tflite import emit_tflite, tflite_parts
from .tflite_export import add_to_card, export

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
