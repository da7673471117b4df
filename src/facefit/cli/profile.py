"""`facefit profile`: measure this machine or another one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facefit.artifacts import check_writable
from facefit.bundle import Bundle
from facefit.cli.browser_target import browser_target
from facefit.cli.devices import BenchmarkModel, Browser, Choice, Phone, RemotePython, Serial, SshHost
from facefit.cli.options import BundledTask, BundleFolder, Host, Https, Json, Port, Seed, Threads
from facefit.cli.output import Output, progress_bar
from facefit.cli.profile_lines import profile_lines, profile_values
from facefit.device import Portions, profile_device
from facefit.errors import InputError


def profile(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the profile goes (JSON).", show_default="needed")
    ] = None,
    threads: Threads = 1,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Rounds of measuring; more of them outlast what disturbs a busy machine (default: 6, in a browser 2).",
        ),
    ] = None,
    ssh: SshHost = None,
    python: RemotePython = None,
    adb: Phone = False,
    serial: Serial = None,
    benchmark_model: BenchmarkModel = None,
    browser: Browser = False,
    host: Host = "0.0.0.0",
    port: Port = 8000,
    https: Https = False,
    bundle: BundleFolder = None,
    task: BundledTask = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure the latency of every block on a device, and how well their sums predict networks.

    An interrupted call goes on where it stopped.
    """
    if context.invoked_subcommand:
        return
    if out is None:
        raise InputError("option '--out' is missing; expected where the profile goes, as '--out pi4.profile.json'")
    check_writable(out)
    output, space = Output(json), Bundle.load(bundle, task).space
    unfinished, keep = (out.with_name(f"{out.name}.{ending}") for ending in ("partial", "partial.portions"))
    reach = partial(browser_target, host=host, port=port, https=https, tell=output.line) if browser else None
    target = Choice(ssh, python, adb, serial, benchmark_model, reach).target(threads, Portions(keep))
    rng = np.random.default_rng(seed)  # before work begins: Ctrl-C can get lost while numpy loads its generators
    with target.session as watching, progress_bar(f"profiling {target.name}") as report:

        def tell(done: int, total: int) -> None:
            report(done, total)
            if watching:
                watching(done, total)

        made = profile_device(
            space,
            target.backend,
            rng=rng,
            plan=replace(target.plan, rounds=rounds or target.plan.rounds),
            models=target.models,
            partial=unfinished,
            progress=tell,
        )
        made.save(out)
    unfinished.unlink(missing_ok=True)
    for line in profile_lines(made):
        output.line(line)
    output.line(f"wrote {out}")
    output.result({"file": str(out), **profile_values(made)})
