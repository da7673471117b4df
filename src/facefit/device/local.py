"""This machine as a device: LiteRT with XNNPACK in this process."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

from facefit.device.backend import Identity
from facefit.device.circumstances import circumstances, read_text, usable_cpus
from facefit.device.timing import Progress, Protocol, Timing, time_bursts
from facefit.errors import InputError
from facefit.graph.interpreter import LoadedModel


class LocalBackend:
    """Runs models with `threads` threads of this process."""

    def __init__(self, threads: int = 1) -> None:
        usable = len(usable_cpus())
        if not 1 <= threads <= usable:
            raise InputError(f"{threads} threads; expected 1 to {usable}, the processors that may be used here")
        self._threads = threads

    def identity(self) -> Identity:
        """The processor, LiteRT's version, and the circumstances now: affinity, clock governor, load."""
        return Identity(_processor(), "litert-xnnpack", version("ai-edge-litert"), self._threads, circumstances())

    def time(
        self,
        models: Mapping[str, bytes],
        protocol: Protocol,
        rng: np.random.Generator,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Timing]:
        """Loads all models, then times them side by side; inputs are random numbers that stay the same."""
        calls = {name: self._prepare(name, data, rng) for name, data in models.items()}
        return time_bursts(calls, protocol, rng, progress=progress)

    def _prepare(self, name: str, data: bytes, rng: np.random.Generator) -> Callable[[], None]:
        model = LoadedModel(data, self._threads, name)
        for given, shape in model.input_shapes.items():
            model.feed(**{given: rng.standard_normal(shape).astype(model.input_types[given])})
        return model.invoke


def _processor() -> str:
    board = read_text(Path("/proc/device-tree/model")).rstrip("\0")
    for line in read_text(Path("/proc/cpuinfo")).splitlines():
        if line.lower().startswith("model name"):
            model = line.partition(":")[2].strip()
            return f"{board} ({model})" if board else model
    return board or _apple() or f"{platform.processor() or platform.machine()}{_part()}"


def _part() -> str:
    """Which ARM processor, where it has a number and no name, as on servers."""
    fields = dict(line.split(":", 1) for line in read_text(Path("/proc/cpuinfo")).splitlines() if ":" in line)
    numbers = {name.strip(): value.strip() for name, value in fields.items()}
    named = [f"{name} {numbers[f'CPU {name}']}" for name in ("implementer", "part") if f"CPU {name}" in numbers]
    return f" ({', '.join(named)})" if named else ""


def _apple() -> str:
    """macOS says 'arm' for all of them."""
    if sys.platform != "darwin":
        return ""
    asked = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False)
    return asked.stdout.strip()
