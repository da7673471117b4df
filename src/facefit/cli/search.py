"""`facefit search`: the most accurate subnet within a limit."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from facefit.artifacts import check_writable, write_json
from facefit.bundle import Bundle
from facefit.cli.finalists import finalists_review
from facefit.cli.front import write_front
from facefit.cli.options import (
    USUAL_LIMIT,
    BundledTask,
    BundleFolder,
    FinalistFaces,
    Json,
    Limit,
    MaxMacs,
    MaxMegabytes,
    MaxParameters,
    RankedBy,
    Seed,
)
from facefit.cli.output import Output
from facefit.cli.search_answer import figures, told
from facefit.device import BROWSER_RUNTIME, DeviceProfile
from facefit.errors import InputError
from facefit.fit.budget import budget_limits
from facefit.search import search as find
from facefit.search.limits import check_limits, latency_limits
from facefit.space import subnet_to_config
from facefit.space.budget import Budget


def search(
    profile: Annotated[Path, typer.Option(metavar="FILE", help="Profile of the device, from 'facefit profile'.")],
    limit: Limit = USUAL_LIMIT,
    max_parameters: MaxParameters = None,
    max_macs: MaxMacs = None,
    max_megabytes: MaxMegabytes = None,
    front: Annotated[
        bool,
        typer.Option(
            "--front", help="All trade-offs at once, the fastest first; --limit and --surrogate do not matter."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the subnet goes (net_config JSON), or the front.")
    ] = None,
    finalists: FinalistFaces = None,
    surrogate: RankedBy = "accuracy",
    bundle: BundleFolder = None,
    task: BundledTask = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Find the most accurate subnet that a device runs within a latency limit.

    Ctrl-C ends the search with the best so far, and exit code 130.
    """
    started = time.perf_counter()
    output, parts = Output(json), Bundle.load(bundle, task)
    if out:
        check_writable(out)
    device = DeviceProfile.load(profile).narrowed(parts.space)
    budget = Budget(max_parameters, max_macs, max_megabytes)
    if front:
        if finalists:
            raise InputError("--front measures nothing; leave --finalists out, or search within one --limit")
        write_front(parts, device, budget, seed, out, output)
        return
    limit_ms, limits = device.limit_ms(limit), budget_limits(parts, budget, device.depthwise7)
    check_limits(parts.space, [*latency_limits(device.latency(parts.space), limit_ms), *limits])
    review = finalists_review(parts, finalists) if finalists else None
    found = find(
        parts.space,
        parts.preference(surrogate),
        device,
        limit_ms,
        seed=seed,
        limits=limits,
        surrogate=parts.surrogate,
    )
    if review and not found.stopped_early:
        try:
            found = review(found)
        except KeyboardInterrupt:
            found = replace(found, stopped_early=True)
    if out:
        write_json(out, subnet_to_config(parts.space, found.subnet))
    for line in [*told(found), *_browser_lines(device), *([f"wrote {out}"] if out else [])]:
        output.line(line)
    total = {
        "file": str(out) if out else None,
        "runtime": device.identity.runtime,
        "total_seconds": time.perf_counter() - started,
    }
    output.result(figures(parts.space, found) | total)
    if found.stopped_early:
        raise KeyboardInterrupt


def _browser_lines(device: DeviceProfile) -> list[str]:
    if device.identity.runtime != BROWSER_RUNTIME:
        return []
    return [
        f"the profile is of a browser ({device.identity.runtime_version}): the latency holds for pages, not for apps"
    ]
