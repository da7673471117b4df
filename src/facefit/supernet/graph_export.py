"""From a trained graph module back to a graph with folded norms, and to a file that was run and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facefit.artifacts import check_writable
from facefit.errors import InputError
from facefit.graph.card import CARD_NAME, encode_card, replace_card
from facefit.graph.folding import NormValues, centred, fold_norm, with_std
from facefit.graph.forms import Output, Weights
from facefit.graph.graph import Graph
from facefit.graph.handover import Expected, write_with_card
from facefit.graph.interpreter import LoadedModel
from facefit.graph.nodes import Array, Convolution, Depthwise, Flatten, Input, Node, Offset, Pad, Prelu, Softmax
from facefit.graph.parity import Parity, random_images
from facefit.graph.seal import seal
from facefit.graph.tflite import emit_tflite
from facefit.supernet.graph_layers import GraphConvolution
from facefit.supernet.graph_module import OUTPUT, GraphModule
from facefit.supernet.normalisers import Statistics

_IMAGES = 4


def folded_graph(
    module: GraphModule,
    statistics: Statistics,
    mean: Sequence[float],
    std: Sequence[float],
    outputs: Sequence[Output] = (OUTPUT,),
) -> Graph:
    """The network with its learnt weights, from RGB pixels in 0..255 to `descriptor` and, if wanted, the classifier's
    `probabilities`; norms and the normalisation of pixels, (RGB in 0..1 - mean) / std, are inside the convolutions.

    Raises `InputError` if anything but dense convolutions reads the image, or the image with zeros around it.
    """
    image = module.graph.input
    start, made = centred(image, mean), dict[int, Node]()
    undivided = {id(start)}
    for i, node in enumerate(module.nodes):
        if isinstance(node, Input | Offset):
            made[id(node)] = start
            continue
        learnt = _learnt(node, module.layers[str(i)], statistics.get(f"layers.{i}.norm")) if module.learns(i) else node
        reads_image = any(id(made[id(source)]) in undivided for source in node.sources)
        if reads_image and not isinstance(learnt, Pad):
            if not isinstance(learnt, Convolution):
                raise InputError(f"the image is read by a {type(node).__name__}; expected a dense convolution")
            learnt = with_std(learnt, std)
        sources: dict[str, Any] = {name: made[id(getattr(node, name))] for name in ("x", "y") if hasattr(node, name)}
        made[id(node)] = replace(learnt, **sources)
        if reads_image and isinstance(learnt, Pad):
            undivided.add(id(made[id(node)]))
    end = made[id(module.graph.outputs[OUTPUT])]
    return Graph(
        image, {output: end if output == OUTPUT else _classified(end, module.classifier) for output in outputs}
    )


def _classified(descriptor: Node, classifier: nn.Linear) -> Softmax:
    """Probabilities of the classes, from the descriptor before it is flattened."""
    if not isinstance(descriptor, Flatten):
        raise InputError(f"the graph ends in a {type(descriptor).__name__}; expected one that flattens the descriptor")
    weight, bias = _array(classifier.weight), _array(classifier.bias)
    return Softmax(Flatten(Convolution(descriptor.x, np.ascontiguousarray(weight[:, None, None, :]), bias)))


def _learnt(node: Node, layer: nn.Module, statistics: tuple[Tensor, Tensor] | None) -> Node:
    """The node with what its layer has learnt, and the norm folded in."""
    if isinstance(node, Prelu):
        return replace(node, slope=_array(layer.slope))
    assert isinstance(layer, GraphConvolution) and isinstance(node, Convolution | Depthwise)
    weight = _array(layer.conv.weight)
    if layer.norm is None:
        assert layer.conv.bias is not None
        bias = _array(layer.conv.bias)
    else:
        assert statistics is not None
        weight, bias = fold_norm(weight, NormValues(*map(_array, (layer.norm.weight, layer.norm.bias, *statistics))))
    if isinstance(node, Convolution):
        return replace(node, weight=np.ascontiguousarray(weight.transpose(0, 2, 3, 1)), bias=bias)
    return replace(node, weight=np.ascontiguousarray(weight[:, 0].transpose(1, 2, 0)), bias=bias)


def _array(values: Any) -> Array:
    array: Array = values.detach().numpy().astype(np.float32)
    return array


def export_graph_module(
    module: GraphModule,
    statistics: Statistics,
    path: Path,
    *,
    mean: Sequence[float],
    std: Sequence[float],
    card: Mapping[str, Any],
    classes: Sequence[str] = (),
    weights: Weights = "float16",
    seed: int = 0,
) -> Parity:
    """Writes a `.tflite` and its card beside it, compared with the module on random images; or raises, writing nothing.

    The file gives the descriptor, and with `classes`, the names of the classifier's rows, their probabilities, as those
    of `facefit.graph.export` do. Raises `ParityError`, `InputError`.
    """
    check_writable(path)
    wanted: tuple[Output, ...] = (OUTPUT, "probabilities") if classes else (OUTPUT,)
    facts = {"schema": 1, "outputs": list(wanted), "classes": list(classes), "weights": weights} | dict(card)
    resolution = module.space.resolutions[0]
    facts["preprocessing"] = {
        "colour": "RGB", "pixels": [0, 255], "layout": "NHWC", "input_size": resolution,
        "mean": list(mean), "std": list(std), "normalisation": "inside the file",
    }  # fmt: skip
    graph = folded_graph(module, statistics, mean, std, wanted)
    data = emit_tflite(graph, "split", {CARD_NAME: encode_card(facts)}, weights)
    images = random_images(resolution, _IMAGES, np.random.default_rng(seed))

    def outputs(pixels: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        x = torch.from_numpy(((pixels / 255 - np.asarray(mean)) / np.asarray(std)).astype(np.float32))
        seen = module.evaluate(module.space.largest, x.permute(0, 3, 1, 2).contiguous(), statistics)
        return {OUTPUT: seen.descriptor.numpy(), "probabilities": seen.logits.softmax(1).numpy()}

    expected = Expected(outputs, "PyTorch", images, seed)
    comparison = expected.compare(LoadedModel(data, name=path.name), wanted, weights, path.name)
    facts["parity"] = comparison.to_json()
    write_with_card(path, seal(replace_card(data, facts, path.name)), facts)
    return comparison.parity
