"""`facefit bench`: files and reference networks side by side on any device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facefit.artifacts import read_bytes
from facefit.cli.devices import TOGETHER, BenchmarkModel, Choice, Phone, RemotePython, Serial, SshHost
from facefit.cli.options import Json, Seed, Threads
from facefit.cli.output import Output, progress_bar
from facefit.device import BenchRow, Identity, compare, reference_model
from facefit.errors import InputError
from facefit.graph import REFERENCE_NETWORKS, ReferenceNetwork, reference_network
from facefit.runtime import Descriptor

_BASELINE = next(iter(REFERENCE_NETWORKS))


def bench(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help=".tflite files that take one image.")
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A published network to time as well, or 'all'; may be given again."),
    ] = None,
    resolution: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="PIXELS",
            help="Input size of the reference networks (default: that of the first file, or as published).",
        ),
    ] = None,
    baseline: Annotated[
        str, typer.Option(metavar="NAME", help="What ratios are to: one of the files, or a reference network.")
    ] = _BASELINE,
    seconds: Annotated[float, typer.Option(min=0, help="Shortest time that is spent on timing, in all.")] = 5.0,
    threads: Threads = 1,
    ssh: SshHost = None,
    python: RemotePython = None,
    adb: Phone = False,
    serial: Serial = None,
    benchmark_model: BenchmarkModel = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Time networks in alternating bursts: latency, ratio to the baseline, parameters, multiply-adds and size."""
    output, rng = Output(json), np.random.default_rng(seed)
    models, size = _files(files or [])
    networks = _networks(reference or [], None if baseline in models else baseline, bool(models))
    baseline = baseline if baseline in models else networks[0].name
    for network in networks:
        models[network.name] = reference_model(resolution or size or network.resolution, rng, network)
    target = Choice(ssh, python, adb, serial, benchmark_model).target(threads, TOGETHER)
    with progress_bar(f"timing {len(models)} networks on {target.name}") as progress:
        identity = target.backend.identity()
        rows = compare(
            models,
            target.backend,
            baseline=baseline,
            rng=rng,
            at_least_s=seconds,
            progress=progress,
        )
    for line in _lines(rows, identity):
        output.line(line)
    output.result(
        {
            "baseline": baseline,
            "threads": threads,
            "seed": seed,
            "device": identity.to_json(),
            "networks": [_values(row) for row in rows],
        }
    )


def _files(files: Sequence[Path]) -> tuple[dict[str, bytes], int | None]:
    """Content by name, and the first one's input size; `Descriptor` refuses damaged files."""
    if len(set(files)) < len(files):
        raise InputError("a file is given twice; expected different files")
    if other := [file for file in files if file.suffix.lower() != ".tflite"]:
        raise InputError(f"{other[0]}: is timed as TFLite; expected a .tflite file")
    sizes = [Descriptor(file).input_size for file in files]
    return {str(file): read_bytes(file, "a .tflite file") for file in files}, sizes[0] if sizes else None


def _networks(names: Sequence[str], baseline: str | None, with_files: bool) -> list[ReferenceNetwork]:
    """The baseline first, unless it is a file, then the others that are asked for, each once."""
    if not names and not with_files:
        raise InputError("nothing to time; expected .tflite files, or reference networks as '--reference all'")
    wanted = [known for name in names for known in (REFERENCE_NETWORKS if name == "all" else [name])]
    first = [_baseline(baseline)] if baseline is not None else []
    return list(dict.fromkeys([*first, *map(reference_network, wanted)]))


def _baseline(name: str) -> ReferenceNetwork:
    try:
        return reference_network(name)
    except InputError as error:
        raise InputError(f"baseline '{name}' is not among the files, and {error}") from error


def _lines(rows: Sequence[BenchRow], identity: Identity) -> list[str]:
    width = max(len(row.name) for row in rows)
    return [
        str(identity),
        f"{'':<{width}}  latency, ms  spread, %  ratio (95 % interval)   M parameters  M multiply-adds       MB",
        *(_line(row, width) for row in rows),
    ]


def _line(row: BenchRow, width: int) -> str:
    interval = f"({row.ratio_low:.3f} to {row.ratio_high:.3f})"
    return (
        f"{row.name:<{width}}  {row.ms:11.3f}  {row.spread_percent:9.1f}  {row.ratio:.3f} {interval:<18}"
        f"{row.parameters / 1e6:12.2f}  {row.macs / 1e6:15.1f}  {row.size_bytes / 1e6:7.2f}"
    )


def _values(row: BenchRow) -> dict[str, object]:
    """A row for scripts; of reference networks also the parameters as published, classifier included."""
    network = REFERENCE_NETWORKS.get(row.name)
    return asdict(row) | {"published_parameters": network.parameters() if network else None}
