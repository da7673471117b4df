"""`facefit profile import`: a lookup table made elsewhere as a profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facefit.bundle import Bundle
from facefit.cli.options import Json
from facefit.cli.output import Output
from facefit.cli.profile_lines import profile_lines, profile_values
from facefit.device import Identity, read_table
from facefit.errors import InputError
from facefit.space import ofa_mbv3


def profile_import(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Text, a line 'name count mean std' for each layer.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the profile goes (JSON).")],
    device: Annotated[str, typer.Option(metavar="NAME", help="What the table was measured on.")],
    runtime: Annotated[str, typer.Option(metavar="NAME", help="What ran the layers.")] = "tflite",
    runtime_version: Annotated[str, typer.Option(metavar="VERSION", help="Its version.")] = "unknown",
    threads: Annotated[int, typer.Option(min=1, help="Threads that it used.")] = 1,
    task: Annotated[
        str | None, typer.Option(help="For the bundled SuperNet of a task: 'expression' or 'identity'.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(metavar="DIR", help="For the SuperNet in the folder of a training run.")
    ] = None,
    width: Annotated[
        float | None,
        typer.Option(min=0.1, help="For another one of once-for-all's space: its width (default: 1.2)."),
    ] = None,
    descriptor: Annotated[
        int | None,
        typer.Option(min=2, metavar="LENGTH", help="The same: length of the descriptor, if the head is compact."),
    ] = None,
    resolution: Annotated[
        list[int] | None,
        typer.Option(min=1, metavar="PIXELS", help="The same: input size; may be given again (default: 224)."),
    ] = None,
    json: Json = False,
) -> None:
    """Make a profile of a lookup table in the paper's form; the layers' names say whether it fits the space.

    Such a profile adds layers up without a correction, and knows no EfficientNet-B0: give limits in ms.
    """
    output = Output(json)
    if task or bundle:
        if width or descriptor or resolution:
            raise InputError(
                "--width, --descriptor and --resolution are of once-for-all's space; --task and --bundle name a "
                "SuperNet with its own: leave one or the other out"
            )
        space = Bundle.load(bundle, task).space
    else:
        space = ofa_mbv3(width or 1.2, tuple(sorted(set(resolution or [224]))), descriptor)
    made = read_table(table, space, Identity(device, runtime, runtime_version, threads, {"table": table.name}))
    made.save(out)
    for line in profile_lines(made):
        output.line(line)
    output.line(f"wrote {out}")
    output.result({"file": str(out), "space": space.name, **profile_values(made)})
