"""Measured latency of what our search found, on profiles of this very machine: are limits kept?

EfficientNet-B0 runs in the same bursts. What the machine has become slower or faster since its profile was measured, it
has for EfficientNet-B0 too, and is taken out: limits are parts of EfficientNet-B0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from kept_lines import KeptLines
from table3_results import MEASURED, Results, has_measured_finalists
from table3_runs import Devices

from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.device import Backend, DeviceProfile, LocalBackend, reference_model, time_rounds
from facefit.errors import InputError
from facefit.graph import emit_tflite, network_graph
from facefit.space.population import Genes, decode

REFERENCE_NETWORK = "EfficientNet-B0"
RETIMED = 4
"""So many finalists are timed at a time, as `facefit fit` does, until one is within the limit."""


def here(profile: DeviceProfile) -> Backend | None:
    """This machine, where the profile is of it."""
    try:
        backend = LocalBackend(profile.identity.threads)
    except InputError:  # more threads than processors
        return None
    return backend if backend.identity() == profile.identity else None


class Timings:
    """Milliseconds by profile and genes, as if the machine were as fast as when it was profiled; kept on disk."""

    def __init__(self, bundle: Bundle, devices: Devices, path: Path, supernet: str) -> None:
        self._bundle, self._devices = bundle, devices
        self._lines = KeptLines(path, {"SuperNet": supernet}, "latencies")
        names = {fingerprint: name for name, fingerprint in devices.fingerprints.items()}
        self.ms: dict[tuple[str, bytes], float] = {
            (names[row["profile"]], bytes.fromhex(row["genes"])): row["ms"] / row["drift"]
            for row in self._lines.rows
            if row["profile"] in names
        }

    def add(self, name: str, several: list[Genes], backend: Backend) -> None:
        """Times those that are not timed yet, beside EfficientNet-B0."""
        profile = self._devices.profiles[name]
        new = {bytes(genes).hex(): genes for genes in several if (name, bytes(genes)) not in self.ms}
        if not new:
            return
        rng = np.random.default_rng(0)
        models = {key: _model(self._bundle, profile, genes) for key, genes in new.items()}
        models[REFERENCE_NETWORK] = reference_model(max(profile.space.resolutions), rng)
        timings = time_rounds(backend, models, rng)
        drift = timings[REFERENCE_NETWORK].ms / profile.reference_ms
        for key in new:
            row = {"profile": self._devices.fingerprints[name], "genes": key, "ms": timings[key].ms, "drift": drift}
            self._lines.add(row)
            self.ms[name, bytes.fromhex(key)] = timings[key].ms / drift


def time_found(
    results: Results,
    devices: Devices,
    timings: Timings,
    backend_of: Callable[[DeviceProfile], Backend | None] = here,
) -> Mapping[tuple[str, bytes], float]:
    """Times the first of our search and as many of its finalists as it takes to find one within the limit."""
    backends = {name: backend_of(profile) for name, profile in devices.profiles.items()}
    cells = [c for c in results.records if has_measured_finalists(c.row) and backends[c.row.profile] is not None]
    with progress_bar("timing what was found") as report:
        for i, cell in enumerate(cells):
            name, record, ordered = cell.row.profile, results.records[cell], results.in_order(cell)
            backend, several = backends[name], [record.genes[0]]
            assert backend is not None  # of the others there is no cell
            for start in range(0, len(ordered), RETIMED):
                several = [*several, *ordered[start : start + RETIMED]]
                timings.add(name, several, backend)
                if any(timings.ms[name, bytes(genes)] <= record.limit_ms for genes in ordered[: start + RETIMED]):
                    break
            report(i + 1, len(cells))
    return timings.ms


def time_chosen(
    results: Results,
    devices: Devices,
    timings: Timings,
    backend_of: Callable[[DeviceProfile], Backend | None] = here,
) -> Mapping[tuple[str, bytes], float]:
    """Times once more what our searches hand over: a timing that something was chosen by flatters it."""
    chosen: dict[str, list[Genes]] = {}
    for row, found in results.rows().items():
        if row.method == MEASURED or has_measured_finalists(row):
            chosen.setdefault(row.profile, []).extend(found.values())
    batches = [
        (name, backend, list(distinct[start : start + RETIMED]))
        for name, genes in chosen.items()
        if (backend := backend_of(devices.profiles[name]))
        for distinct in [np.unique(np.stack(genes), axis=0)]
        for start in range(0, len(distinct), RETIMED)
    ]
    with progress_bar("timing once more what was chosen") as report:
        for i, (name, backend, several) in enumerate(batches):
            timings.add(name, several, backend)
            report(i + 1, len(batches))
    return timings.ms


def _model(bundle: Bundle, profile: DeviceProfile, genes: Genes) -> bytes:
    (subnet,) = decode(bundle.space, genes[None])
    return emit_tflite(network_graph(bundle.extract(subnet), bundle.outputs), profile.depthwise7)
