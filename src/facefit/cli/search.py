"""`facefit search`: the most accurate subnet within a limit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from facefit.artifacts import check_writable, write_json
from facefit.bundle import Bundle
from facefit.cli.devices import TOGETHER, BenchmarkModel, Phone, RemotePython, Serial, SshHost
from facefit.cli.devices import Choice as DeviceChoice
from facefit.cli.finalists import finalists_review
from facefit.cli.interrupts import held_interrupt
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
from facefit.fit.wanted import Interrupted, Wanted
from facefit.freed_memory import keep_freed_memory
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
    ssh: SshHost = None,
    python: RemotePython = None,
    adb: Phone = False,
    serial: Serial = None,
    benchmark_model: BenchmarkModel = None,
    surrogate: RankedBy = "accuracy",
    bundle: BundleFolder = None,
    task: BundledTask = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Find the most accurate subnet that a device runs within a latency limit.

    With --finalists the best few are measured for their accuracy, and timed where the profile is of this machine. With
    --ssh or --adb they are timed on the device of the profile, and the first measured within the limit is taken.
    Ctrl-C ends the search with the best so far, and exit code 130.
    """
    started = time.perf_counter()
    keep_freed_memory()  # each generation's features are as large as the last one's
    output, parts = Output(json), Bundle.load(bundle, task)
    if out:
        if out.resolve() == profile.resolve():
            raise InputError(f"{out}: is the profile, which --out would replace; name another file")
        check_writable(out)
    device = DeviceProfile.load(profile)
    narrowed, budget = device.narrowed(parts.space), Budget(max_parameters, max_macs, max_megabytes)
    where = DeviceChoice(ssh, python, adb, serial, benchmark_model)
    if front:
        if finalists or not where.is_here:
            raise InputError("--front measures nothing; leave --finalists and device options out, or give one --limit")
        from facefit.cli.front import write_front  # reads labels, which a search has no use for

        write_front(parts, narrowed, budget, seed, out, output)
        return
    wanted = Wanted(parts, narrowed, limit, seed, surrogate, budget)
    wanted.check()
    backend = _backend(device, profile, where, bool(finalists))
    choice = _choice(wanted, finalists_review(parts, finalists, output) if finalists else None, backend)
    notes = [elsewhere(wanted)] if finalists and not backend else []
    with held_interrupt():  # what was found is told, however late Ctrl-C comes
        if out:
            write_json(out, subnet_to_config(parts.space, choice.chosen.subnet))
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


def _backend(device: DeviceProfile, profile: Path, where: DeviceChoice, finalists: bool) -> Backend | None:
    """What times the best few: the device that the options name, or this machine with `finalists`, if it is of it."""
    if where.is_here and not finalists:
        return None
    if where.is_here:
        from facefit.fit.machine import local_backend  # loads the runtime

        return local_backend(device)
    target = where.target(device.identity.threads, TOGETHER)
    if (there := target.backend.identity()) != device.identity:
        raise InputError(
            f"{profile}: is of {device.identity}, and {target.name} is {there}; expected the profile of the device "
            f"that is to time: measure one with 'facefit profile'"
        )
    return target.backend


def _choice(wanted: Wanted, review: Review | None, backend: Backend | None) -> Choice:
    """What the search ends with: timed if the device is at hand, and the best so far after Ctrl-C."""
    try:
        return choose(wanted, backend, Plan(), review) if backend else foretell(wanted, review)
    except Interrupted as interrupted:
        return interrupted.choice or untimed(wanted, interrupted.found)
