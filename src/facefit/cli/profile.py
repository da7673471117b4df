"""`facefit profile`: measure this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facefit.bundle import Bundle
from facefit.cli.options import BundleFolder, Json, Seed, Threads
from facefit.cli.output import Output, progress_bar
from facefit.cli.profile_lines import profile_lines, profile_values
from facefit.device import LocalBackend, Plan, profile_device
from facefit.errors import InputError


def profile(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the profile goes (JSON).", show_default="needed")
    ] = None,
    threads: Threads = 1,
    rounds: Annotated[
        int, typer.Option(min=1, help="Rounds of measuring; more of them outlast what disturbs a busy machine.")
    ] = 4,
    bundle: BundleFolder = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure the latency of every block on this machine, and how well their sums predict networks.

    An interrupted call goes on where it stopped.
    """
    if context.invoked_subcommand:
        return
    if out is None:
        raise InputError("option '--out' is missing; expected where the profile goes, as '--out pi4.profile.json'")
    output, space = Output(json), Bundle.load(bundle).space
    plan = replace(Plan(), rounds=rounds)
    backend, partial = LocalBackend(threads), out.with_name(f"{out.name}.partial")
    rng = np.random.default_rng(seed)
    with progress_bar("profiling this machine") as report:
        made = profile_device(space, backend, rng=rng, plan=plan, partial=partial, progress=report)
    made.save(out)
    for line in profile_lines(made):
        output.line(line)
    output.line(f"wrote {out}")
    output.result({"file": str(out), **profile_values(made)})
