"""Latency limits as users write them: `12ms`, or `0.6x` of EfficientNet-B0 on the same device."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, Self

from facefit.errors import InputError


@dataclass(frozen=True, slots=True)
class LatencyLimit:
    """A number of milliseconds (`ms`), or of latencies of EfficientNet-B0 (`x`)."""

    value: float
    unit: Literal["ms", "x"]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `InputError` for anything but a positive number with its unit."""
        found = re.fullmatch(r"\s*((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(ms|x)\s*", text, re.ASCII)
        value = float(found[1]) if found else 0.0
        if not found or not 0 < value < math.inf:
            raise InputError(f"limit {text!r}: expected milliseconds as '12ms', or a part of EfficientNet-B0 as '0.6x'")
        return cls(value, "ms" if found[2] == "ms" else "x")

    def ms(self, reference_ms: float) -> float:
        """The limit in ms on a device that runs EfficientNet-B0 in `reference_ms`."""
        return self.value if self.unit == "ms" else self.value * reference_ms
