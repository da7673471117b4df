"""What a file is handed over with, whatever its format: a card, a comparison within limits, and a result."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import Parts, replacing, write_json
from facefit.graph.card import card_beside
from facefit.graph.forms import Output
from facefit.graph.parity import Parity, Reference, Runs, measure_parity, random_images
from facefit.graph.reference import reference_outputs
from facefit.space import subnet_to_config
from facefit.weights import StaticNetwork

Precision: TypeAlias = Literal["float32", "float16", "int8", "int8-static"]
"""Number format of a file's weights, or of nearly all that it computes."""

PARITY_LIMITS: Mapping[Precision, Parity] = {
    "float32": Parity(1e-4, 0.99999),
    "float16": Parity(5e-3, 0.9999),  # rounding the weights costs 1e-4 to 2e-3, most in short descriptors
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a file answered beside a reference, which is named, on so many images that were drawn with a seed."""

    parity: Parity
    reference: str
    images: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """What a card says of it."""
        return asdict(self.parity) | {"reference": self.reference, "images": self.images, "seed": self.seed}

    def result(
        self, file: Path, form: str, size_bytes: int, started: float, delegate_partitions: int | None = None
    ) -> ExportResult:
        """What was written, in a format, after it was compared; `started` is by `time.perf_counter`."""
        return ExportResult(
            file=file,
            format=form,
            size_bytes=size_bytes,
            parity_max_abs=self.parity.max_abs,
            parity_cosine_min=self.parity.cosine_min,
            reference=self.reference,
            delegate_partitions=delegate_partitions,
            seconds=time.perf_counter() - started,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What a file is compared with: a reference, and its name, on images in 0..255, float32 (n, r, r, 3), that were
    drawn with a seed."""

    reference: Reference
    name: str
    images: NDArray[np.float32]
    seed: int

    @classmethod
    def of(cls, network: StaticNetwork, seed: int, reference: tuple[Reference, str] | None = None) -> Self:
        """The network in numpy float64, or another reference with its name, on a few random images."""
        compute, name = reference or (partial(reference_outputs, network), "numpy float64")
        resolution = network.subnet.resolution
        # As many as take about as long as four at 64 px, at least one.
        n = max(1, min(_IMAGES, round(_IMAGES * (_IMAGES_AT / resolution) ** 2)))
        return cls(compute, name, random_images(resolution, n, np.random.default_rng(seed)), seed)

    def compare(self, model: Runs, outputs: Sequence[str], precision: Precision, file_name: str) -> Comparison:
        """Runs the file, ready to run; raises `ParityError` if it differs by more than its precision allows."""
        parity = measure_parity(model, self.reference, self.images, outputs)
        parity.check(PARITY_LIMITS[precision], file_name)
        return Comparison(parity, self.name, len(self.images), self.seed)


def write_with_card(path: Path, parts: Parts, card: Mapping[str, Any]) -> None:
    """Writes the file and its card beside it, both or neither."""
    with replacing(path) as place, replacing(card_beside(path)) as beside:
        with place.open("wb") as file:
            file.writelines(parts)
        write_json(beside, dict(card))


def card_facts(
    network: StaticNetwork, outputs: Sequence[Output], weights: Precision, layout: Literal["NHWC", "NCHW"] = "NHWC"
) -> dict[str, Any]:
    """What a card says of a network whatever the format of its file."""
    metadata, subnet = network.metadata, network.subnet
    identification = {} if metadata.identification is None else {"identification": metadata.identification}
    return (
        metadata.seen_people.to_card()
        | identification
        | {
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
    )
