"""Measured latency of what our search found, on profiles of this very machine: are limits kept?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from table3_methods import OURS
from table3_report import MEASURED, Results

from facefit.artifacts import read_json, write_json
from facefit.bundle import Bundle
from facefit.cli.output import progress_bar
from facefit.device import DeviceProfile, LocalBackend, time_rounds
from facefit.errors import InputError
from facefit.graph import emit_tflite, network_graph
from facefit.space.population import Genes, decode


def measured_latencies(
    bundle: Bundle, profiles: dict[str, DeviceProfile], results: Results, path: Path
) -> dict[str, float]:
    """Milliseconds by profile and hexadecimal genes; kept in the file."""
    kept = read_json(path, "latencies of an earlier call") if path.exists() else {}
    groups = [key for key in results.groups() if key[3] in (OURS, MEASURED) and _is_here(profiles[key[0]])]
    with progress_bar("timing what was found") as report:
        for i, key in enumerate(groups):
            found = {f"{key[0]} {bytes(genes).hex()}": genes for genes in results.groups()[key].values()}
            models = {name: _model(bundle, profiles[key[0]], g) for name, g in found.items() if name not in kept}
            if models:
                backend = LocalBackend(profiles[key[0]].identity.threads)
                timings = time_rounds(backend, models, np.random.default_rng(0), at_least_s=5.0)
                kept |= {name: timing.ms for name, timing in timings.items()}
                write_json(path, kept)
            report(i + 1, len(groups))
    return {name: float(ms) for name, ms in kept.items()}


def _is_here(profile: DeviceProfile) -> bool:
    try:
        return LocalBackend(profile.identity.threads).identity() == profile.identity
    except InputError:  # more threads than processors
        return False


def _model(bundle: Bundle, profile: DeviceProfile, genes: Genes) -> bytes:
    (subnet,) = decode(bundle.space, genes[None])
    return emit_tflite(network_graph(bundle.extract(subnet), bundle.outputs), profile.depthwise7)
