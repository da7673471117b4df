"""`facefit profile`: measure this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facefit.artifacts import check_writable
from facefit.bundle import Bundle
from facefit.cli.options import BundleFolder, Json, Seed, Threads
from facefit.cli.output import Output, progress_bar
from facefit.device import LocalBackend, Plan, profile_device


def profile(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the profile goes (JSON).")],
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
    output, space = Output(json), Bundle.load(bundle).space
    plan = replace(Plan(), rounds=rounds)
    backend, partial = LocalBackend(threads), out.with_name(f"{out.name}.partial")
    rng = np.random.default_rng(seed)
    check_writable(out)
    with progress_bar("profiling this machine") as report:
        made = profile_device(space, backend, rng=rng, plan=plan, partial=partial, progress=report)
    made.save(out)
    partial.unlink(missing_ok=True)
    output.line(f"{made.identity.device}, {made.identity.runtime} {made.identity.runtime_version}, {threads} thread(s)")
    output.line(
        f"{len(made.entries)} blocks, median spread {made.spread_median_percent:.2f} %; error of the prediction on "
        f"{made.held_out_networks} other networks: median {made.error_median_percent:.2f} %, "
        f"90th percentile {made.error_p90_percent:.2f} %"
    )
    output.line(
        f"EfficientNet-B0 at {max(space.resolutions)} px takes {made.reference_ms:.3f} ms; "
        f"7x7 depthwise is faster {made.depthwise7}"
    )
    output.line(f"wrote {out}")
    output.result(
        {
            "file": str(out),
            "entries": len(made.entries),
            "spread_median_percent": made.spread_median_percent,
            "error_median_percent": made.error_median_percent,
            "error_p90_percent": made.error_p90_percent,
            "held_out_networks": made.held_out_networks,
            "reference_ms": made.reference_ms,
            "depthwise7": made.depthwise7,
            "seconds": made.seconds,
        }
    )
