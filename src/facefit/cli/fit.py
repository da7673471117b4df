"""`facefit fit`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facefit.bundle import Bundle
from facefit.cli.finalists import finalists_review
from facefit.cli.fit_notes import fit_notes, measure_anew
from facefit.cli.fleet import fit_several
from facefit.cli.latency import told_ms, told_verdict
from facefit.cli.options import (
    USUAL_LIMIT,
    BundledTask,
    BundleFolder,
    FinalistFaces,
    Json,
    Limits,
    MaxMacs,
    MaxMegabytes,
    MaxParameters,
    RankedBy,
    Seed,
    Threads,
)
from facefit.cli.output import Output, progress_bar
from facefit.device import LatencyLimit, LocalBackend
from facefit.errors import InputError
from facefit.fit import Fitted, FleetOrder, Order, fit_device
from facefit.fit.folder import REPORT
from facefit.fit.machine import PROFILE
from facefit.space.budget import Budget


def fit(
    task: BundledTask = None,
    limit: Limits = None,
    max_parameters: MaxParameters = None,
    max_macs: MaxMacs = None,
    max_megabytes: MaxMegabytes = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Run folder; a profile in it is used again.")] = Path(
        "facefit-run"
    ),
    profile: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Profile of this machine, instead of measuring it. Given again: one network for each device.",
        ),
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of photos like yours to calibrate batch norm on: 32 or more, of which at most 768 are drawn "
            "(extra 'train'). For identity the face in the middle of each is found, in crops too, and the people are "
            "not judged on later; for expressions cut faces out before (docs/training.md).",
        ),
    ] = None,
    finalists: FinalistFaces = None,
    surrogate: RankedBy = "accuracy",
    threads: Threads = 1,
    bundle: BundleFolder = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Fit a network to this machine: profile it, search, export, verify, and report. Start here.

    Takes about a minute. Close what else runs, since that is timed as well. With several profiles each device gets a
    network and a folder of its own, and one report compares them; networks are timed where the device is this machine,
    with the threads of its profile.
    """
    output, parts = Output(json), Bundle.load(bundle, task)
    profiles, limits = tuple(profile or ()), tuple(limit or (USUAL_LIMIT,))
    for text in limits:
        LatencyLimit.parse(text)
    budget = Budget(max_parameters, max_macs, max_megabytes)
    parts.check_complete(surrogate)  # before faces are read
    if len(profiles) > 1:
        fleet = FleetOrder(out, profiles, limits, calibrate, surrogate, seed, budget)
        fit_several(parts, fleet, output, finalists_review(parts, finalists, output) if finalists else None, bundle)
        return
    if len(limits) > 1:
        raise InputError(f"{len(limits)} limits for one device; expected one, or a '--profile' for each")
    order = Order(out, limits[0], profiles[0] if profiles else None, calibrate, surrogate, seed, budget)
    review = finalists_review(parts, finalists, output) if finalists else None
    fitted = fit_device(parts, order, LocalBackend(threads), progress_bar, review=review)
    remedy = f"delete {out / PROFILE} and fit again while nothing else runs"
    if profiles:
        remedy = measure_anew(profiles[0], threads, bundle, parts.metadata.task)
    for line in [*_lines(fitted, out), *fit_notes(fitted, remedy)]:
        output.line(line)
    output.result(fitted.to_json())


def _lines(fitted: Fitted, out: Path) -> list[str]:
    low, high = fitted.accuracy_interval
    return [
        f"subnet    {fitted.subnet}",
        f"latency   measured {told_ms(fitted.measured_ms, fitted.measured_ms_interval)}, predicted "
        f"{told_ms(fitted.predicted_ms)}, limit {told_ms(fitted.limit_ms)}"
        f"{told_verdict(fitted.limit_kept, fitted.measured_ms, fitted.limit_ms)}; EfficientNet-B0 at "
        f"{max(fitted.space.resolutions)} px {told_ms(fitted.reference_ms)}",
        f"accuracy  {100 * fitted.accuracy:.2f} % ({100 * low:.2f} to {100 * high:.2f}), {fitted.accuracy_kind}, on "
        f"which it was chosen; 'facefit evaluate' measures it on your faces",
        f"size      {fitted.parameters / 1e6:.2f} M parameters, {fitted.macs / 1e6:.1f} M multiply-accumulates"
        f"{f'; at most {fitted.budget}' if fitted.budget else ''}",
        f"norms     {fitted.statistics}",
        f"parity    {fitted.parity_max_abs:.2g} at most, against {fitted.parity_reference}",
        f"wrote     {fitted.file} ({fitted.size_bytes / 1e6:.2f} MB) and {out / REPORT} in {fitted.seconds:.0f} s",
    ]
