"""`facefit search`: the most accurate subnet within a limit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from facefit.artifacts import check_writable, write_json
from facefit.bundle import Bundle
from facefit.cli.finalists import finalists_review
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
from facefit.cli.search_answer import elsewhere, figures, told
from facefit.device import Backend, DeviceProfile, Plan
from facefit.errors import InputError
from facefit.fit.choice import Review, choose, foretell, untimed
from facefit.fit.chosen import Choice
from facefit.fit.machine import local_backend
from facefit.fit.wanted import Interrupted, Wanted
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
            "--front",
            help="All trade-offs at once, the fastest first. Ranked by ridge regression, whose best can be computed; "
            "--limit and --surrogate do not matter.",
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

    With --finalists the best few are measured for their accuracy, and timed where the profile is of this machine.
    Ctrl-C ends the search with the best so far, and exit code 130.
    """
    started = time.perf_counter()
    output, parts = Output(json), Bundle.load(bundle, task)
    if out:
        check_writable(out)
    device = DeviceProfile.load(profile)
    narrowed, budget = device.narrowed(parts.space), Budget(max_parameters, max_macs, max_megabytes)
    if front:
        if finalists:
            raise InputError("--front measures nothing; leave --finalists out, or search within one --limit")
        from facefit.cli.front import write_front  # reads labels, which a search has no use for

        write_front(parts, narrowed, budget, seed, out, output)
        return
    wanted = Wanted(parts, narrowed, limit, seed, surrogate, budget)
    wanted.check()
    review, here = (finalists_review(parts, finalists), local_backend(device)) if finalists else (None, None)
    choice = _choice(wanted, review, here)
    if out:
        write_json(out, subnet_to_config(parts.space, choice.chosen.subnet))
    notes = [elsewhere(wanted)] if finalists and not here else []
    for line in [*told(wanted, choice), *notes, *([f"wrote {out}"] if out else [])]:
        output.line(line)
    total = {
        "file": str(out) if out else None,
        "runtime": device.identity.runtime,
        "total_seconds": time.perf_counter() - started,
    }
    output.result(figures(wanted, choice) | total)
    if choice.found.stopped_early:
        raise KeyboardInterrupt


def _choice(wanted: Wanted, review: Review | None, here: Backend | None) -> Choice:
    """What the search ends with: timed if the device is here, and the best so far after Ctrl-C."""
    try:
        return choose(wanted, here, Plan(), review) if here else foretell(wanted, review)
    except Interrupted as interrupted:
        return untimed(wanted, interrupted.found)
