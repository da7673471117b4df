"""`facefit bench`: networks side by side on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facefit.artifacts import read_bytes
from facefit.cli.options import Json, Seed, Threads
from facefit.cli.output import Output, progress_bar
from facefit.device import BenchRow, LocalBackend, compare, reference_model
from facefit.errors import InputError
from facefit.runtime import Descriptor

_REFERENCE = "EfficientNet-B0"


def bench(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=".tflite files that take one image.")],
    baseline: Annotated[
        str, typer.Option(metavar="NAME", help="What ratios are to: one of the files, or EfficientNet-B0.")
    ] = _REFERENCE,
    seconds: Annotated[float, typer.Option(min=0, help="Shortest time that is spent on timing, in all.")] = 5.0,
    threads: Threads = 1,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Time networks in alternating bursts, next to EfficientNet-B0 at the size of the first one's input."""
    output, rng = Output(json), np.random.default_rng(seed)
    models, size = _models(files)
    models[_REFERENCE] = reference_model(size, rng)
    with progress_bar(f"timing {len(models)} networks"):
        rows = compare(models, LocalBackend(threads), baseline=baseline, rng=rng, at_least_s=seconds)
    width = max(len(row.name) for row in rows)
    for row in rows:
        output.line(_line(row, width))
    output.result({"baseline": baseline, "threads": threads, "seed": seed, "networks": [asdict(row) for row in rows]})


def _models(files: list[Path]) -> tuple[dict[str, bytes], int]:
    """Content by name, and the first one's input size; `Descriptor` refuses damaged files."""
    if len(set(files)) < len(files):
        raise InputError("a file is given twice; expected different files")
    sizes = [Descriptor(file).input_size for file in files]
    return {str(file): read_bytes(file, "a .tflite file") for file in files}, sizes[0]


def _line(row: BenchRow, width: int) -> str:
    return (
        f"{row.name:<{width}}  {row.ms:8.3f} ms   {row.ratio:.3f}x ({row.ratio_low:.3f} to {row.ratio_high:.3f})   "
        f"{row.parameters / 1e6:6.2f} M parameters  {row.macs / 1e6:7.1f} M MACs  {row.size_bytes / 1e6:6.2f} MB"
    )
