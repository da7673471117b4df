"""An Android device measured by TFLite's own `benchmark_model`, a program that the user brings."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from facefit.artifacts import read_bytes
from facefit.device.adb import Adb
from facefit.device.backend import Identity
from facefit.device.portions import Portions, model_key
from facefit.device.timing import Progress, Protocol, Timing
from facefit.errors import DeviceError, InputError

FOLDER = "/data/local/tmp/facefit"
"""Where program and models lie on the device; all of it may be deleted."""
_TOOL = f"{FOLDER}/benchmark_model"
_PROPERTIES = ("product.manufacturer", "product.model", "soc.model", "product.cpu.abi", "build.version.release")
_MARK = "facefit-model"
_SMALLEST_MS = 0.0005
"""The program counts whole microseconds, and may count 0."""


class AdbBackend:
    """Runs models by `benchmark_model` with `threads` threads and XNNPACK; each run of it is a pass over one model.

    `tool` is the program on this machine, built for the device. What was measured of a call that broke off is kept by
    `portions`. Raises `InputError` if there is no such program.
    """

    def __init__(self, adb: Adb, tool: Path, threads: int = 1, *, portions: Portions | None = None) -> None:
        if threads < 1:
            raise InputError(f"{threads} threads; expected 1 or more")
        self._adb, self._threads, self._portions = adb, threads, portions or Portions()
        self._tool, self._content = tool, read_bytes(tool, "TFLite's benchmark_model, built for the device")
        self._identity: Identity | None = None
        self._there: set[str] = set()

    def identity(self) -> Identity:
        """Brings the program there, and reads the device's properties; once for each backend."""
        if self._identity is None:
            names = self._adb.shell(f"mkdir -p {FOLDER} && ls {FOLDER}").split()
            self._there = {name.removesuffix(".tflite") for name in names}
            self._push({"benchmark_model": self._content})
            self._adb.shell(f"chmod 755 {_TOOL}")
            self._identity = self._described()
        return self._identity

    def time(
        self,
        models: Mapping[str, bytes],
        protocol: Protocol,
        rng: np.random.Generator,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Timing]:
        """Times the models there in portions; the program loads each anew for every pass, with inputs of its own."""

        def measure(portion: Mapping[str, bytes], forward: Progress) -> dict[str, Timing]:
            return self._measure(portion, protocol, rng, forward)

        return self._portions.time(measure, self.identity(), models, protocol, rng, progress)

    def _measure(
        self, models: Mapping[str, bytes], protocol: Protocol, rng: np.random.Generator, forward: Progress
    ) -> dict[str, Timing]:
        keys = {model_key(data): name for name, data in models.items()}
        missing = {key: models[name] for key, name in keys.items() if key not in self._there}
        self._push({f"{key}.tflite": data for key, data in missing.items()})
        self._there.update(missing)
        passes: dict[str, Timing] = {}
        for done in range(1, protocol.passes + 1):
            order = [list(keys)[i] for i in rng.permutation(len(keys))]
            for key, ms in self._pass(order, protocol, keys):
                passes[key] = passes.get(key, Timing(())) + Timing((ms,))
            forward(done * len(models), protocol.passes * len(models))
        return {name: passes[model_key(data)] for name, data in models.items()}

    def _pass(self, order: Sequence[str], protocol: Protocol, names: Mapping[str, str]) -> Iterator[tuple[str, float]]:
        flags = (
            f"--num_threads={self._threads} --use_xnnpack=true --warmup_runs={protocol.warm_ups} --warmup_min_secs=0 "
            f"--num_runs={protocol.runs} --min_secs={protocol.shortest_burst_ms / 1000}"
        )
        lines = [f"echo {_MARK} {key}; {_TOOL} --graph={FOLDER}/{key}.tflite {flags} 2>&1\n" for key in order]
        self._push({"pass.sh": "".join(lines).encode()})
        sections = self._adb.shell(f"sh {FOLDER}/pass.sh").split(f"{_MARK} ")[1:]
        if len(sections) != len(order):
            raise DeviceError(f"{self._adb.serial}: answered for {len(sections)} of {len(order)} models; try again")
        for section in sections:
            key, _, said = section.partition("\n")
            ms = read_timing_ms(said)
            if ms is None:
                last = " ".join(said.split())[-200:]
                raise DeviceError(
                    f"{self._adb.serial}: {self._tool.name} gave no timing of {names.get(key.strip())} ({last}); "
                    f"expected TFLite's benchmark_model, built for this device"
                )
            yield key.strip(), ms

    def _push(self, contents: Mapping[str, bytes]) -> None:
        if contents:
            with tempfile.TemporaryDirectory(prefix="facefit-") as here:
                paths = [Path(here) / name for name in contents]
                for path, data in zip(paths, contents.values(), strict=True):
                    path.write_bytes(data)
                self._adb.push(paths, FOLDER)

    def _described(self) -> Identity:
        asked = "; ".join(f"getprop ro.{name}" for name in _PROPERTIES)
        maker, model, chip, abi, release = (*map(str.strip, self._adb.shell(asked).split("\n")), *[""] * 5)[:5]
        governor = self._adb.shell("cat /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip()
        details = {"system": f"Android {release}", "machine": abi, "governor": governor}
        device = f"{maker} {model}".strip() + (f" ({chip})" if chip else "")
        version = f"sha256:{hashlib.sha256(self._content).hexdigest()[:12]}"
        return Identity(device or self._adb.serial, "tflite-benchmark-model", version, self._threads, details)


def read_timing_ms(said: str) -> float | None:
    """The fastest run that `benchmark_model` tells of, or the average if it tells no more; None if it did not finish.

    It prints a line `count=... min=... avg=...` in microseconds for the warm-ups and then one for the runs, or
    `curr=...` alone where all took the same, and in the end `Inference timings in us: ... Inference (avg): ...`.
    """
    average = re.search(r"Inference \(avg\): ([\d.]+(?:e[+-]?\d+)?)", said)
    if not average:
        return None
    *_, last = ["", *(line for line in said.splitlines() if re.search(r"\bcount=[1-9]", line))]
    fastest = re.search(r"\bmin=([\d.]+)", last) or re.search(r"\bcurr=([\d.]+)", last) or average
    return max(float(fastest[1]) / 1000, _SMALLEST_MS)
