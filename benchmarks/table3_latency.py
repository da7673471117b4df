"""Measured latency of what was found, on profiles of this very machine: which finalist is handed over, and are limits
kept?

EfficientNet-B0 runs in the same bursts. What the machine has become slower or faster since its profile was measured, it
has for EfficientNet-B0 too, and is taken out: limits are parts of EfficientNet-B0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from fingerprints import supernet_fingerprint
from kept_lines import KeptLines
from numpy.typing import NDArray
from table3_handover import Clocks, HandedOver, handed_over
from table3_records import ALL, Cell
from table3_results import Results
from table3_runs import Devices
from table3_tighter import TighterSearches

from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.device import Backend, DeviceProfile, LocalBackend, Plan, reference_model, time_rounds
from facefit.errors import InputError
from facefit.fit.retiming import AGAIN, REFERENCE, RETIMED
from facefit.fit.wanted import WEIGHTS
from facefit.graph import emit_tflite, network_graph
from facefit.space.population import Genes, decode

FIRST_SECONDS = Plan().finalists_seconds
AGAIN_SECONDS = AGAIN * FIRST_SECONDS
"""As `facefit fit` times its finalists."""
BackendOf = Callable[[DeviceProfile], Backend | None]
Backends = Mapping[str, Backend | None]


def here(profile: DeviceProfile) -> Backend | None:
    """This machine, where the profile is of it."""
    try:
        backend = LocalBackend(profile.identity.threads)
    except InputError:  # more threads than processors
        return None
    return backend if backend.identity() == profile.identity else None


class Timings:
    """Milliseconds by profile and genes, as if the machine were as fast as when it was profiled; kept on disk.

    Timed are files as they are handed over, for at least so many seconds at a time.
    """

    def __init__(self, bundle: Bundle, devices: Devices, path: Path, supernet: str, seconds: float) -> None:
        self._bundle, self._devices, self._seconds = bundle, devices, seconds
        basis = {"SuperNet": supernet, "weights of files": WEIGHTS, "seconds of timing": seconds}
        self._lines = KeptLines(path, basis, "latencies")
        names = {fingerprint: name for name, fingerprint in devices.fingerprints.items()}
        self.ms: dict[tuple[str, bytes], float] = {
            (names[row["profile"]], bytes.fromhex(row["genes"])): row["ms"] / row["drift"]
            for row in self._lines.rows
            if row["profile"] in names
        }

    def of(self, name: str, backend: Backend, several: Genes) -> NDArray[np.float64]:
        """Of rows of genes on a profile, after timing those that are not timed yet, beside EfficientNet-B0."""
        new = {bytes(genes).hex(): genes for genes in several if (name, bytes(genes)) not in self.ms}
        if new:
            self._time(name, backend, new)
        return np.array([self.ms[name, bytes(genes)] for genes in several])

    def _time(self, name: str, backend: Backend, new: Mapping[str, Genes]) -> None:
        profile, rng = self._devices.profiles[name], np.random.default_rng(0)
        models = {key: _model(self._bundle, profile, genes) for key, genes in new.items()}
        models[REFERENCE] = reference_model(max(profile.space.resolutions), rng)
        timings = time_rounds(backend, models, rng, at_least_s=self._seconds)
        drift = timings[REFERENCE].ms / profile.reference_ms
        for key in new:
            row = {"profile": self._devices.fingerprints[name], "genes": key, "ms": timings[key].ms, "drift": drift}
            self._lines.add(row)
            self.ms[name, bytes.fromhex(key)] = timings[key].ms / drift


def timed(
    results: Results,
    bundle: Bundle,
    devices: Devices,
    out: Path,
    tighter: TighterSearches,
    backend_of: BackendOf,
) -> Results:
    """With what each search hands over when its finalists are timed, twice at most, and a third timing of that."""
    supernet = supernet_fingerprint(bundle)
    seconds = {"latencies": FIRST_SECONDS, "latencies-again": AGAIN_SECONDS, "latencies-judged": FIRST_SECONDS}
    first, again, judging = (Timings(bundle, devices, out / f"{n}.jsonl", supernet, s) for n, s in seconds.items())
    backends = {name: backend_of(profile) for name, profile in devices.profiles.items()}
    results = replace(results, handed_over=_time_finalists(results, devices, first, again, tighter, backends))
    return replace(results, judged_ms=_time_handed_over(results, judging, backends))


def _time_finalists(
    results: Results, devices: Devices, first: Timings, again: Timings, tighter: TighterSearches, backends: Backends
) -> dict[Cell, HandedOver]:
    """What each search hands over when its finalists are timed; labels of single plans are compared untimed."""
    whole = [cell for cell in results.finalists() if cell.row.labels == ALL]
    found = [(cell, backend) for cell in whole if (backend := backends[cell.row.profile])]
    given: dict[Cell, HandedOver] = {}
    with progress_bar("timing finalists") as report:
        for i, (cell, backend) in enumerate(found):
            name = cell.row.profile
            predicted = devices.profiles[name].latency(tighter.space).of
            clocks = Clocks(predicted, partial(first.of, name, backend), partial(again.of, name, backend))
            limit_ms = results.record(cell.row, cell.seed).limit_ms
            given[cell] = handed_over(partial(tighter.finalists, results, cell), limit_ms, clocks)
            report(i + 1, len(found))
    return given


def _time_handed_over(results: Results, timings: Timings, backends: Backends) -> Mapping[tuple[str, bytes], float]:
    """Times once more what was handed over after a choice: timings that something was chosen by flatter it."""
    chosen: dict[str, list[Genes]] = {}
    for cell, given in results.handed_over.items():
        chosen.setdefault(cell.row.profile, []).append(given.genes)
    batches = [
        (name, backend, distinct[start : start + RETIMED])
        for name, genes in chosen.items()
        if (backend := backends[name])
        for distinct in [np.unique(np.stack(genes), axis=0)]
        for start in range(0, len(distinct), RETIMED)
    ]
    with progress_bar("timing once more what is handed over") as report:
        for i, (name, backend, several) in enumerate(batches):
            timings.of(name, backend, several)
            report(i + 1, len(batches))
    return timings.ms


def _model(bundle: Bundle, profile: DeviceProfile, genes: Genes) -> bytes:
    (subnet,) = decode(bundle.space, genes[None])
    return emit_tflite(network_graph(bundle.extract(subnet), bundle.outputs), profile.depthwise7, weights=WEIGHTS)
