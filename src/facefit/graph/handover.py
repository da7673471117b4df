"""What a file is handed over with, whatever its format: a card, a comparison within limits, and a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import Parts, replacing, write_json
from facefit.graph.networks import Output
from facefit.graph.parity import Parity, random_images
from facefit.space import subnet_to_config
from facefit.weights import StaticNetwork
from facefit.weights.people import CARD_ENTRY

Precision: TypeAlias = Literal["float32", "float16", "int8", "int8-static"]
"""Number format of a file's weights, or of nearly all that it computes."""

PARITY_LIMITS: Mapping[Precision, Parity] = {
    "float32": Parity(1e-4, 0.99999),
    "float16": Parity(2e-3, 0.9999),  # rounding the weights alone costs 1e-4 to 5e-4
    "int8": Parity(0.05, 0.99),  # it shows a broken file; what it costs in accuracy, only faces tell
    "int8-static": Parity(0.75, 0.75),  # the same: one doubtful face may get another answer
}
_IMAGES, _IMAGES_AT = 4, 64


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written and how it compares; `reference` names what it was compared with.

    `delegate_partitions` is None in formats that know no delegates.
    """

    file: Path
    format: str
    size_bytes: int
    parity_max_abs: float
    parity_cosine_min: float
    reference: str
    delegate_partitions: int | None
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values under the field names."""
        return asdict(self) | {"file": str(self.file)}


def write_with_card(path: Path, parts: Parts, card: Mapping[str, Any]) -> None:
    """Writes the file and its card beside it, both or neither."""
    with replacing(path) as place, replacing(path.with_suffix(".card.json")) as beside:
        with place.open("wb") as file:
            file.writelines(parts)
        write_json(beside, dict(card))


def card_facts(
    network: StaticNetwork, outputs: Sequence[Output], weights: Precision, layout: Literal["NHWC", "NCHW"] = "NHWC"
) -> dict[str, Any]:
    """What a card says of a network whatever the format of its file."""
    metadata, subnet, people = network.metadata, network.subnet, network.metadata.trained_people
    return ({} if people is None else {CARD_ENTRY: people.to_json()}) | {
        "schema": 1,
        "task": metadata.task,
        "outputs": list(outputs),
        "classes": list(metadata.classes) if "probabilities" in outputs else [],
        "preprocessing": {
            "colour": "RGB",
            "pixels": [0, 255],
            "layout": layout,
            "input_size": subnet.resolution,
            "resize": "Pillow BILINEAR (averages areas when shrinking)",
            "mean": list(metadata.mean),
            "std": list(metadata.std),
            "normalisation": "inside the file",
        },
        "descriptor": "scale to unit length; compare by cosine",
        "space": network.space.name,
        "subnet": subnet_to_config(network.space, subnet),
        "weights": weights,
        "licence": metadata.licence,
        "training": metadata.training,
    }


def parity_images(network: StaticNetwork, seed: int) -> NDArray[np.float32]:
    """Random pixels in 0..255, float32 (n, r, r, 3): as many as take about as long as four at 64 px, at least one."""
    resolution = network.subnet.resolution
    n = max(1, min(_IMAGES, round(_IMAGES * (_IMAGES_AT / resolution) ** 2)))
    return random_images(resolution, n, np.random.default_rng(seed))


def parity_facts(parity: Parity, reference: str, images: int, seed: int) -> dict[str, Any]:
    """What a card says of a comparison."""
    return asdict(parity) | {"reference": reference, "images": images, "seed": seed}
