"""From a static network to a `.tflite` file that was run and compared before anybody else sees it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from facefit.artifacts import check_writable, read_bytes, replacing, write_json
from facefit.errors import ArtifactError, ParityError
from facefit.graph.card import CARD_NAME, encode_card, read_card, replace_card
from facefit.graph.flatbuffer import Weights
from facefit.graph.interpreter import LoadedModel
from facefit.graph.networks import Output, network_graph
from facefit.graph.parity import Parity, Reference, measure_parity, random_images
from facefit.graph.reference import reference_outputs
from facefit.graph.seal import is_sealed, seal, unseal
from facefit.graph.tflite import Depthwise7, emit_tflite
from facefit.space import subnet_to_config
from facefit.weights import StaticNetwork

PARITY_LIMITS: Mapping[Weights, Parity] = {
    "float32": Parity(1e-4, 0.99999),
    "float16": Parity(2e-3, 0.9999),  # rounding the weights alone costs 1e-4 to 5e-4
}
_IMAGES, _IMAGES_AT = 4, 64


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written and how it compares; `reference` names what it was compared with."""

    file: Path
    format: str
    size_bytes: int
    parity_max_abs: float
    parity_cosine_min: float
    reference: str
    delegate_partitions: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values under the field names."""
        return asdict(self) | {"file": str(self.file)}


def export(
    network: StaticNetwork,
    path: Path,
    outputs: Sequence[Output] = ("descriptor",),
    *,
    depthwise7: Depthwise7 = "split",
    weights: Weights = "float32",
    reference: tuple[Reference, str] | None = None,
    card: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> ExportResult:
    """Writes `path` and its `.card.json`, or raises and writes nothing.

    The file takes `image`, float32 RGB pixels in 0..255 of shape (1, r, r, 3). It is run on a few random images and
    compared with `reference`, given with its name (by default the network in numpy float64); unit descriptors and
    probabilities may differ by at most 1e-4 (2e-3 with float16 weights), and one delegate partition must hold
    everything. `card` adds entries to the card. Raises `ParityError`, `ArtifactError`, `InputError`.
    """
    start = time.perf_counter()
    compute, reference_name = reference or (partial(reference_outputs, network), "numpy float64")
    check_writable(path)
    facts = _card(network, outputs, depthwise7, weights) | dict(card or {})
    graph = network_graph(network, outputs)
    data = emit_tflite(graph, depthwise7, {CARD_NAME: encode_card(facts)}, weights)
    model = LoadedModel(data, name=path.name)
    partitions = _partitions(model, path.name)
    resolution = network.subnet.resolution
    images = random_images(resolution, _image_count(resolution), np.random.default_rng(seed))
    parity = measure_parity(model, compute, images, outputs)
    parity.check(PARITY_LIMITS[weights], path.name)
    facts["parity"] = asdict(parity) | {"reference": reference_name, "images": len(images), "seed": seed}
    sealed = seal(replace_card(data, facts, path.name))
    _write_model(path, sealed, facts)
    return ExportResult(
        file=path,
        format="tflite",
        size_bytes=len(sealed),
        parity_max_abs=parity.max_abs,
        parity_cosine_min=parity.cosine_min,
        reference=reference_name,
        delegate_partitions=partitions,
        seconds=time.perf_counter() - start,
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
    """Adds entries, such as measured latencies, to the card of an exported file and to its `.card.json`.

    Raises `ArtifactError` if the file is damaged, is not an export of facefit, or has no room for them.
    """
    data, name = read_bytes(path, "an exported .tflite file"), str(path)
    if not is_sealed(data):
        raise ArtifactError(f"{name}: has no checksum at its end; expected a file that facefit exported")
    data = unseal(data, name)
    card = (read_card(data, name) or {}) | dict(entries)
    _write_model(path, seal(replace_card(data, card, name)), card)


def _write_model(path: Path, data: bytes, card: Mapping[str, Any]) -> None:
    """Writes the file and its card beside it, both or neither."""
    with replacing(path) as file, replacing(path.with_suffix(".card.json")) as beside:
        file.write_bytes(data)
        write_json(beside, dict(card))


def _card(
    network: StaticNetwork, outputs: Sequence[Output], depthwise7: Depthwise7, weights: Weights
) -> dict[str, Any]:
    metadata, subnet = network.metadata, network.subnet
    return {
        "schema": 1,
        "task": metadata.task,
        "outputs": list(outputs),
        "classes": list(metadata.classes) if "probabilities" in outputs else [],
        "preprocessing": {
            "colour": "RGB",
            "pixels": [0, 255],
            "layout": "NHWC",
            "input_size": subnet.resolution,
            "resize": "Pillow BILINEAR (averages areas when shrinking)",
            "mean": list(metadata.mean),
            "std": list(metadata.std),
            "normalisation": "inside the file",
        },
        "descriptor": "scale to unit length; compare by cosine",
        "space": network.space.name,
        "subnet": subnet_to_config(network.space, subnet),
        "depthwise7": depthwise7,
        "weights": weights,
        "licence": metadata.licence,
        "training": metadata.training,
    }


def _image_count(resolution: int) -> int:
    """As many as take about as long as four at 64 px, but at least one."""
    return max(1, min(_IMAGES, round(_IMAGES * (_IMAGES_AT / resolution) ** 2)))
