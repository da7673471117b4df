"""`facefit search`: the most accurate subnet within a limit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from facefit.artifacts import write_json
from facefit.bundle import Bundle
from facefit.cli.front import write_front
from facefit.cli.options import USUAL_LIMIT, BundleFolder, Json, Limit, RankedBy, Seed
from facefit.cli.output import Output
from facefit.device import BROWSER_RUNTIME, DeviceProfile
from facefit.errors import InputError
from facefit.search import SearchResult, mac_limit, parameter_limit
from facefit.search import search as find
from facefit.space import subnet_to_config


def search(
    profile: Annotated[Path, typer.Option(metavar="FILE", help="Profile of the device, from 'facefit profile'.")],
    limit: Limit = USUAL_LIMIT,
    max_parameters: Annotated[float | None, typer.Option(help="At most so many parameters, e.g. 5e6.")] = None,
    max_macs: Annotated[float | None, typer.Option(help="At most so many multiply-accumulates, e.g. 50e6.")] = None,
    front: Annotated[
        bool,
        typer.Option(
            "--front", help="All trade-offs at once, the fastest first; --limit and --surrogate do not matter."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the subnet goes (net_config JSON), or the front.")
    ] = None,
    surrogate: RankedBy = "accuracy",
    bundle: BundleFolder = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Find the most accurate subnet that a device runs within a latency limit."""
    started = time.perf_counter()
    output, parts = Output(json), Bundle.load(bundle)
    device = DeviceProfile.load(profile)
    if front:
        if max_parameters is not None or max_macs is not None:
            raise InputError("--front trades latency for accuracy alone; leave --max-parameters and --max-macs out")
        write_front(parts, device, out, output)
        return
    space = parts.space
    bounds = ((parameter_limit, max_parameters), (mac_limit, max_macs))
    found = find(
        space,
        parts.preference(surrogate),
        device,
        device.limit_ms(limit),
        seed=seed,
        limits=[make(space, maximum) for make, maximum in bounds if maximum is not None],
        surrogate=parts.surrogate,
    )
    if found.stopped_early:
        raise KeyboardInterrupt
    config = subnet_to_config(space, found.subnet)
    if out:
        write_json(out, config)
    for line in (*_lines(found), *_browser_lines(device)):
        output.line(line)
    if out:
        output.line(f"wrote {out}")
    seconds = {"seconds": found.seconds, "total_seconds": time.perf_counter() - started}
    facts = {"subnet": config, "file": str(out) if out else None, "runtime": device.identity.runtime}
    output.result(facts | _figures(found) | seconds)


def _lines(found: SearchResult) -> list[str]:
    return [
        str(found.subnet),
        f"predicted latency {found.predicted_ms:.3f} ms of {found.limit_ms:.3f} ms; predicted accuracy on the search "
        f"split {100 * (found.predicted_accuracy or 0):.2f} % (error {100 * (found.accuracy_rmse or 0):.2f} points)",
        f"{len(found.searched)} subnets in {found.seconds:.2f} s",
    ]


def _browser_lines(device: DeviceProfile) -> list[str]:
    if device.identity.runtime != BROWSER_RUNTIME:
        return []
    return [
        f"the profile is of a browser ({device.identity.runtime_version}): the latency holds for pages, not for apps"
    ]


def _figures(found: SearchResult) -> dict[str, float | None]:
    return {
        "limit_ms": found.limit_ms,
        "predicted_ms": found.predicted_ms,
        "accuracy": found.predicted_accuracy,
        "accuracy_rmse": found.accuracy_rmse,
    }
