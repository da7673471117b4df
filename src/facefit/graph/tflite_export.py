"""From a static network to a `.tflite` file that was run and compared before anybody else sees it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from facefit.artifacts import check_writable, read_bytes
from facefit.errors import ArtifactError, LimitError, ParityError, at_least
from facefit.graph.card import CARD_NAME, encode_card, read_card, replace_card
from facefit.graph.forms import Depthwise7, Output, Weights
from facefit.graph.graph import Graph
from facefit.graph.handover import Expected, ExportResult, Precision, card_facts, write_with_card
from facefit.graph.interpreter import LoadedModel
from facefit.graph.networks import network_graph
from facefit.graph.parity import Reference
from facefit.graph.ranges import Progress
from facefit.graph.seal import is_sealed, seal, unseal
from facefit.graph.static_int8 import StaticInt8, emit_static_int8
from facefit.graph.tflite import emit_tflite
from facefit.weights import StaticNetwork


def export(
    network: StaticNetwork,
    path: Path,
    outputs: Sequence[Output] = ("descriptor",),
    *,
    depthwise7: Depthwise7 = "split",
    weights: Weights | StaticInt8 = "float16",
    reference: tuple[Reference, str] | None = None,
    card: Mapping[str, Any] | None = None,
    seed: int = 0,
    max_megabytes: float | None = None,
    progress: Progress = lambda done, total: None,
) -> ExportResult:
    """Writes `path` and its card beside it, or raises and writes nothing.

    The file takes `image`, float32 RGB pixels in 0..255 of shape (1, r, r, 3). It is run on a few random images and
    compared with `reference`, given with its name (by default the network in numpy float64); unit descriptors and
    probabilities may differ by at most 5e-3 (1e-4 with float32 weights, 0.05 with int8), and one delegate partition
    must hold everything. `StaticInt8` also computes in int8; such a file is compared on faces, and refused only when it
    is broken. `card` adds entries to the card. Raises `ParityError`, `ArtifactError`, `InputError`, and `LimitError`
    for a file of more than `max_megabytes`.
    """
    start = time.perf_counter()
    check_writable(path)
    expected, precision = Expected.of(network, seed, reference), _precision(weights)
    facts = card_facts(network, outputs, precision) | {"depthwise7": depthwise7} | dict(card or {})
    if isinstance(weights, StaticInt8):
        facts["calibration"], expected = weights.facts(seed), replace(expected, images=weights.compared)
    metadata = {CARD_NAME: encode_card(facts)}
    data = _emit(network_graph(network, outputs), weights, depthwise7, metadata, seed, progress)
    model = LoadedModel(data, name=path.name)
    partitions = _partitions(model, path.name)
    comparison = expected.compare(model, outputs, precision, path.name)
    facts["parity"] = comparison.to_json()
    sealed = seal(replace_card(data, facts, path.name))
    size_bytes = sum(len(part) for part in sealed)
    _check_size(size_bytes, max_megabytes, path.name)
    write_with_card(path, sealed, facts)
    return comparison.result(path, "tflite", size_bytes, start, partitions)


def _precision(weights: Weights | StaticInt8) -> Precision:
    return "int8-static" if isinstance(weights, StaticInt8) else weights


def _emit(
    graph: Graph,
    weights: Weights | StaticInt8,
    depthwise7: Depthwise7,
    metadata: Mapping[str, bytes],
    seed: int,
    progress: Progress,
) -> bytes:
    if isinstance(weights, StaticInt8):
        return emit_static_int8(graph, weights, depthwise7, metadata, seed=seed, progress=progress)
    return emit_tflite(graph, depthwise7, metadata, weights)


def _check_size(size_bytes: int, max_megabytes: float | None, name: str) -> None:
    if max_megabytes is not None and size_bytes > 1e6 * max_megabytes:
        raise LimitError(
            f"{name}: takes {at_least(size_bytes, 1e6)} MB with its card, expected at most {max_megabytes:g} MB; "
            f"nothing was written; allow at least that"
        )


def _partitions(model: LoadedModel, name: str) -> int:
    """Number of delegate partitions; raises `ParityError` if one does not hold everything."""
    delegation = model.delegation()
    if not delegation.whole:
        raise ParityError(
            f"{name}: runs in {delegation.partitions} delegate partitions and {len(delegation.outside)} operators "
            f"outside, expected one and none; nothing was written; use another version of ai-edge-litert"
        )
    return delegation.partitions


def add_to_card(path: Path, entries: Mapping[str, Any]) -> None:
    """Adds entries, such as measured latencies, to the card of an exported file and to the card beside it.

    Raises `ArtifactError` if the file is damaged, is not an export of facefit, or has no room for them.
    """
    data, name = read_bytes(path, "an exported .tflite file"), str(path)
    if not is_sealed(data):
        raise ArtifactError(f"{name}: has no checksum at its end; expected a file that facefit exported")
    data = unseal(data, name)
    card = (read_card(data, name) or {}) | dict(entries)
    write_with_card(path, seal(replace_card(data, card, name)), card)
