"""What a device must offer so that it can be measured; local, remote and browser backends fit in here."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, Self

import numpy as np

from facefit.device.timing import Progress, Timing
from facefit.device.timing import Protocol as TimingProtocol

BROWSER_RUNTIME = "litert.js"
"""Runtime of profiles that were measured in a page: LiteRT as WebAssembly."""


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

    def __str__(self) -> str:
        return f"{self.device}, {self.runtime} {self.runtime_version}, {self.threads} thread(s)"

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


def time_rounds(
    backend: Backend,
    models: Mapping[str, bytes],
    rng: np.random.Generator,
    *,
    protocol: TimingProtocol | None = None,
    rounds: int = 6,
    at_least_s: float = 5.0,
    clock: Callable[[], float] = time.monotonic,
    progress: Progress | None = None,
) -> dict[str, Timing]:
    """Times a few models in rounds that load them anew, comparable with what a profile says of whole networks.

    Goes on until both `rounds` and `at_least_s` seconds are over: a machine may be slow for seconds, and a few models
    would be through before it is fast again. How many rounds that will be is estimated from those that are over.
    """
    protocol = protocol or TimingProtocol()
    timings: dict[str, Timing] = {}
    start, done, passed_s = clock(), 0, 0.0
    while done < rounds or passed_s < at_least_s:
        ahead = math.ceil((at_least_s - passed_s) / passed_s * done) if passed_s else 1
        forward = progress and as_part(progress, done, max(rounds, done + ahead))
        for name, timing in backend.time(models, protocol, rng, progress=forward).items():
            timings[name] = timings.get(name, Timing(())) + timing
        done, passed_s = done + 1, clock() - start
    return timings


def as_part(progress: Progress, index: int, parts: int) -> Progress:
    """Reports the progress of one of several equal parts of a whole."""
    return lambda done, total: progress(index * total + done, parts * total)
