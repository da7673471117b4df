"""What a network may take: parameters, multiply-accumulates and room on disk; and when it counts as in time."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from facefit.errors import InputError


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper limits on a subnet and its file; None where there is none, and all of them hold together. An infinite one
    raises `InputError`.

    `parameters` do not count the classifier, `macs` are multiply-accumulates per image, and `megabytes`, of 10^6 bytes,
    are of the whole `.tflite` as it is handed over, with float16 weights and its card.
    """

    parameters: float | None = None
    macs: float | None = None
    megabytes: float | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value == math.inf:
                raise InputError(f"limit on {name} is {value}; expected a finite number, or leave it out")

    def __bool__(self) -> bool:
        return any(value is not None for value in asdict(self).values())

    def __str__(self) -> str:
        parts = (
            (self.parameters, 1e6, "M parameters"),
            (self.macs, 1e6, "M multiply-accumulates"),
            (self.megabytes, 1.0, "MB"),
        )
        return ", ".join(f"{value / scale:g} {unit}" for value, scale, unit in parts if value is not None)

    def to_json(self) -> dict[str, float | None]:
        """Under the names of the options: `max_parameters`, `max_macs`, `max_megabytes`."""
        return {f"max_{name}": value for name, value in asdict(self).items()}


UNLIMITED = Budget()


LATENCY_TOLERANCE = 1.03
"""Two timings of the same file differ by a few percent."""


def keeps_limit(measured_ms: float, limit_ms: float) -> bool:
    """Whether a latency measured after the choice counts as within the limit: up to 3 % above it."""
    return measured_ms <= LATENCY_TOLERANCE * limit_ms
