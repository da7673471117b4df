"""From a static network to an `.onnx` file that was run by ONNX Runtime and compared. Needs the extra `onnx`."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import check_writable
from facefit.errors import require
from facefit.graph.card import CARD_NAME
from facefit.graph.forms import Output
from facefit.graph.handover import Expected, ExportResult, card_facts, write_with_card
from facefit.graph.networks import network_graph
from facefit.graph.onnx_model import OnnxModel
from facefit.graph.parity import Reference
from facefit.weights import StaticNetwork


def export_onnx(
    network: StaticNetwork,
    path: Path,
    outputs: Sequence[Output] = ("descriptor",),
    *,
    reference: tuple[Reference, str] | None = None,
    seed: int = 0,
) -> ExportResult:
    """Writes `path` and its card beside it, or raises and writes nothing.

    The file takes `image`, float32 RGB pixels in 0..255 of shape (n, 3, r, r), and gives the named outputs with n rows.
    ONNX Runtime runs it on a few random images; it may differ from `reference`, given with its name (by default
    the network in numpy float64), by as little as a TFLite file. Raises `MissingExtra`, `ParityError`,
    `ArtifactError`, `InputError`.
    """
    for package in ("onnx", "onnxruntime"):
        require(package, "onnx", "export to ONNX")
    from facefit.graph.onnx_graph import emit_onnx

    start = time.perf_counter()
    check_writable(path)
    graph, expected = network_graph(network, outputs), Expected.of(network, seed, reference)
    model = _ChannelsLast(emit_onnx(graph), path.name)
    comparison = expected.compare(model, outputs, "float32", path.name)
    facts = card_facts(network, outputs, "float32", layout="NCHW") | {"parity": comparison.to_json()}
    data = emit_onnx(graph, {CARD_NAME: json.dumps(facts, ensure_ascii=False, sort_keys=True)})
    write_with_card(path, [data], facts)
    return comparison.result(path, "onnx", len(data), start)


class _ChannelsLast:
    """The file, fed as the other formats are: `image` of shape (n, r, r, 3)."""

    def __init__(self, data: bytes, name: str) -> None:
        self._model = OnnxModel(data, name=name)

    def run(self, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        fed = {name: np.ascontiguousarray(values.transpose(0, 3, 1, 2)) for name, values in inputs.items()}
        return self._model.run(**fed)
