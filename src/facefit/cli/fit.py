"""`facefit fit`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facefit.bundle import Bundle
from facefit.cli.options import BundleFolder, Json, Limit, RankedBy, Seed, Threads
from facefit.cli.output import Output, progress_bar
from facefit.device import LocalBackend
from facefit.fit import Fitted, Order, fit_device
from facefit.fit.folder import REPORT
from facefit.fit.machine import PROFILE

_DRIFT_PERCENT = 5.0


def fit(
    task: Annotated[str, typer.Option(help="What the network is for: 'expression' or 'identity'.")] = "expression",
    limit: Limit = "0.6x",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Run folder; a profile in it is used again.")] = Path(
        "facefit-run"
    ),
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Profile of this machine, instead of measuring it.")
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of faces like yours, to calibrate batch norm on (extra 'train')."),
    ] = None,
    surrogate: RankedBy = "accuracy",
    threads: Threads = 1,
    bundle: BundleFolder = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Fit a network to this machine: profile it, search, export, verify, and report. Start here.

    Takes a minute or two. Close what else runs, since that is timed as well.
    """
    output = Output(json)
    order = Order(out, limit, profile, calibrate, surrogate, seed)
    fitted = fit_device(Bundle.load(bundle, task), order, LocalBackend(threads), progress_bar)
    for line in _lines(fitted, out):
        output.line(line)
    output.result(fitted.to_json())


def _lines(fitted: Fitted, out: Path) -> list[str]:
    lines = [
        f"subnet    {fitted.subnet}",
        f"latency   measured {fitted.measured_ms:.3f} ms, predicted {fitted.predicted_ms:.3f} ms, limit "
        f"{fitted.limit_ms:.3f} ms; EfficientNet-B0 at {max(fitted.space.resolutions)} px {fitted.reference_ms:.3f} ms",
        f"accuracy  {100 * fitted.accuracy:.2f} % predicted for the search split, on which it was chosen (error of the "
        f"prediction {100 * fitted.accuracy_rmse:.2f} points); 'facefit evaluate' measures it on your faces",
        f"norms     {fitted.statistics}",
        f"parity    {fitted.parity_max_abs:.2g} at most, against {fitted.parity_reference}",
        f"wrote     {fitted.file} ({fitted.size_bytes / 1e6:.2f} MB) and {out / REPORT} in {fitted.seconds:.0f} s",
    ]
    if fitted.skipped_images:
        lines.append(f"{fitted.skipped_images} images could not be read and were left out of the calibration")
    if abs(fitted.drift_percent) > _DRIFT_PERCENT:
        lines.append(
            f"this machine now runs {fitted.drift_percent:+.0f} % against its profile: delete {out / PROFILE} and fit "
            f"again while nothing else runs"
        )
    return lines
