"""This machine as a device: LiteRT with XNNPACK in this process."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

from facefit.device.backend import Identity
from facefit.device.timing import Progress, Protocol, Timing, time_bursts
from facefit.errors import InputError
from facefit.graph import LoadedModel


class LocalBackend:
    """Runs models with `threads` threads of this process."""

    def __init__(self, threads: int = 1) -> None:
        if not 1 <= threads <= (usable := _usable_cpus()):
            raise InputError(f"{threads} threads; expected 1 to {usable}, the processors that may be used here")
        self._threads = threads

    def identity(self) -> Identity:
        """The processor, LiteRT's version and, where readable, the load and the clock governor."""
        return Identity(_processor(), "litert-xnnpack", version("ai-edge-litert"), self._threads, _circumstances())

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
    board = _read(Path("/proc/device-tree/model")).rstrip("\0")
    for line in _read(Path("/proc/cpuinfo")).splitlines():
        if line.lower().startswith("model name"):
            model = line.partition(":")[2].strip()
            return f"{board} ({model})" if board else model
    return board or platform.processor() or platform.machine()


def _circumstances() -> dict[str, str]:
    found = {"system": platform.platform(), "machine": platform.machine(), "cpus": str(os.cpu_count())}
    governor = _read(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")).strip()
    if governor:
        found["governor"] = governor
    if hasattr(os, "getloadavg"):
        found["load_1_minute"] = f"{os.getloadavg()[0]:.2f}"
    return found


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
