"""Static networks as graphs of few operators with numpy weights, written as TFLite files; no torch, no TensorFlow."""

from facefit.graph.efficientnet import efficientnet_b0, efficientnet_b0_parameters
from facefit.graph.networks import layer_graph, network_graph
from facefit.graph.nodes import Graph
from facefit.graph.tflite import emit_tflite

__all__ = ["Graph", "efficientnet_b0", "efficientnet_b0_parameters", "emit_tflite", "layer_graph", "network_graph"]
