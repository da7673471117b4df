"""What a device must offer so that it can be measured; local, remote and browser backends fit in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, Self

import numpy as np

from facefit.device.timing import Progress, Timing
from facefit.device.timing import Protocol as TimingProtocol


@dataclass(frozen=True, slots=True)
class Identity:
    """What a latency is a property of: the device, the runtime and its version, and the number of threads.

    `details` are circumstances that were readable (load, governor, ...); they are recorded but do not identify.
    """

    device: str
    runtime: str
    runtime_version: str
    threads: int
    details: Mapping[str, str] = field(default_factory=dict, compare=False)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises `KeyError`, `TypeError` or `ValueError` on damage."""
        return cls(
            device=str(data["device"]),
            runtime=str(data["runtime"]),
            runtime_version=str(data["runtime_version"]),
            threads=int(data["threads"]),
            details={str(key): str(value) for key, value in dict(data["details"]).items()},
        )


class Backend(Protocol):
    """A device with a runtime."""

    def identity(self) -> Identity:
        """Who is measured, now."""
        ...

    def time(
        self,
        models: Mapping[str, bytes],
        protocol: TimingProtocol,
        rng: np.random.Generator,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Timing]:
        """Times TFLite models side by side under the protocol, each with inputs that stay the same."""
        ...
