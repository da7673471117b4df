"""A portion of work for a browser: models to time, in which order, and what may be true of the answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from facefit.app.limits import Refused
from facefit.device import Timing
from facefit.device.entries import positive
from facefit.device.portions import model_key
from facefit.device.timing import Protocol

LONGEST_MS = 60_000.0
"""No run that is worth waiting for takes longer."""


@dataclass(frozen=True)
class Portion:
    """Models to time side by side; each of `orders` is a pass over all of them, by their numbers."""

    models: Mapping[str, bytes]
    protocol: Protocol
    orders: Sequence[Sequence[int]]
    number: str = field(default_factory=lambda: secrets.token_hex(8))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Hashes of the models' content, in their order."""
        return tuple(map(model_key, self.models.values()))

    @cached_property
    def by_key(self) -> dict[str, bytes]:
        """The models by their hashes."""
        return dict(zip(self.keys, self.models.values(), strict=True))

    def to_json(self) -> dict[str, Any]:
        """What the page is told; models by the hashes of their content."""
        sizes = zip(self.keys, self.models.values(), strict=True)
        return {
            "number": self.number,
            "models": [{"key": key, "size_bytes": len(data)} for key, data in sizes],
            "orders": [list(order) for order in self.orders],
            "warm_ups": self.protocol.warm_ups,
            "runs": self.protocol.runs,
            "burst_ms": self.protocol.shortest_burst_ms,
        }

    def timings(self, passes_ms: Any) -> dict[str, Timing]:
        """What a page measured, in the order of the models; raises `Refused` (400) if it cannot be true."""
        expected = (len(self.models), len(self.orders))
        if not isinstance(passes_ms, list) or len(passes_ms) != expected[0]:
            raise Refused(400, f"expected the timings of {expected[0]} models")
        rows = {}
        for name, row in zip(self.models, passes_ms, strict=True):
            if not isinstance(row, list) or len(row) != expected[1]:
                raise Refused(400, f"expected {expected[1]} passes of every model")
            rows[name] = Timing(tuple(map(_milliseconds, row)))
        return rows


def _milliseconds(value: Any) -> float:
    try:
        ms = positive(value)
    except ValueError as error:
        raise Refused(400, "a timing is not a positive number") from error
    if ms > LONGEST_MS:
        raise Refused(400, f"a timing is longer than {LONGEST_MS:.0f} ms")
    return ms
