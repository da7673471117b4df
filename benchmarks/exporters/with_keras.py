"""The saved networks by TensorFlow's TFLiteConverter, from Keras models. Runs in the environment `keras`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from facefit.graph import network_graph
from facefit.graph.graph import Graph
from facefit.graph.nodes import Add, Convolution, Depthwise, Flatten, GlobalMean, Input, Multiply, Node, Offset
from facefit.weights import StaticNetwork

layers = tf.keras.layers


def keras_model(graph: Graph) -> tf.keras.Model:
    """The graph in Keras layers, with its weights; the output is the descriptor."""
    made: dict[int, tf.KerasTensor] = {}
    for node in graph.nodes:
        made[id(node)] = keras_layer(node, *(made[id(source)] for source in node.sources))
    return tf.keras.Model(made[id(graph.input)], made[id(graph.outputs["descriptor"])])


def keras_layer(node: Node, *x: tf.KerasTensor) -> tf.KerasTensor:
    match node:
        case Input():
            return tf.keras.Input(node.shape[1:], batch_size=1)
        case Offset():
            return layers.Rescaling(1.0, offset=node.offset.tolist())(x[0])
        case Convolution():
            kernel = node.weight.shape[1]
            layer = layers.Conv2D(node.weight.shape[0], kernel, node.stride, padding(kernel, node.stride))
            return activated(weighted(layer, padded(x[0], kernel, node.stride), node, (1, 2, 3, 0)), node.activation)
        case Depthwise():
            kernel = node.weight.shape[0]
            layer = layers.DepthwiseConv2D(kernel, node.stride, padding(kernel, node.stride))
            return activated(weighted(layer, padded(x[0], kernel, node.stride), node, (0, 1, 2)), node.activation)
        case Add():
            return layers.Add()(x)
        case Multiply():
            return layers.Multiply()(x)
        case GlobalMean():
            return layers.GlobalAveragePooling2D(keepdims=True)(x[0])
        case Flatten():
            return layers.Flatten()(x[0])
    raise TypeError(f"no Keras layer for {type(node).__name__}")


def padding(kernel: int, stride: int) -> str:
    return "same" if stride == 1 or kernel == 1 else "valid"


def padded(x: tf.KerasTensor, kernel: int, stride: int) -> tf.KerasTensor:
    """Keras's 'same' is one-sided at stride 2."""
    return x if padding(kernel, stride) == "same" else layers.ZeroPadding2D(kernel // 2)(x)


def weighted(
    layer: layers.Layer, x: tf.KerasTensor, node: Convolution | Depthwise, order: tuple[int, ...]
) -> tf.KerasTensor:
    y = layer(x)
    weight = node.weight.transpose(order)
    layer.set_weights([weight.reshape(layer.get_weights()[0].shape), node.bias])
    return y


def activated(x: tf.KerasTensor, activation: str) -> tf.KerasTensor:
    """In the form in which Keras's own MobileNetV3 writes h-swish."""
    if activation == "h_swish":
        gate = layers.Rescaling(1 / 6)(layers.ReLU(6.0)(layers.Rescaling(1.0, offset=3.0)(x)))
        return layers.Multiply()([x, gate])
    limits = {"none": None, "relu": layers.ReLU(), "relu6": layers.ReLU(6.0)}
    return limits[activation](x) if limits[activation] else x


def main(folder: Path) -> None:
    for path in sorted(folder.glob("*.safetensors")):
        network = StaticNetwork.load(path)
        started = time.perf_counter()
        model = keras_model(network_graph(network))
        data = tf.lite.TFLiteConverter.from_keras_model(model).convert()
        path.with_suffix(".keras.tflite").write_bytes(data)
        seconds = time.perf_counter() - started
        np.savez(path.with_suffix(".keras.npz"), seconds=seconds)
        print(path.stem, f"{seconds:.1f} s", flush=True)
        tf.keras.backend.clear_session()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
